package platform

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/pki"
)

func TestPoolsAreRangesOrPrefixes(t *testing.T) {
	for text, want := range map[string][2]string{
		"192.0.2.10-192.0.2.12":     {"192.0.2.10", "192.0.2.12"},
		"192.0.2.16/30":             {"192.0.2.16", "192.0.2.19"},
		"198.51.100.0/24":           {"198.51.100.0", "198.51.100.255"},
		"2001:db8::/126":            {"2001:db8::", "2001:db8::3"},
		"203.0.113.1 - 203.0.113.2": {"203.0.113.1", "203.0.113.2"},
	} {
		first, last, err := parseRange(text)
		if err != nil || first.String() != want[0] || last.String() != want[1] {
			t.Errorf("%s: %s to %s, %v; want %v", text, first, last, err, want)
		}
	}
	if _, _, err := parseRange("192.0.2.0"); err == nil {
		t.Error("a single address without a prefix length is no range")
	}
}

func TestCertificatesChainToTheirIssuer(t *testing.T) {
	root := request{commonName: "root", isCA: true, duration: time.Hour}
	data, cert, err := root.issue(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !root.fits(cert) {
		t.Error("what was issued does not fit what was asked for")
	}
	issuer, err := pki.ParseCA(data["tls.crt"], data["tls.key"])
	if err != nil {
		t.Fatal(err)
	}
	leaf := request{hosts: []string{"b.example.com", "a.example.com", "192.0.2.1"}, duration: time.Hour}
	data, cert, err = leaf.issue(issuer)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data["ca.crt"])
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "a.example.com"}); err != nil {
		t.Error(err)
	}
	if !leaf.fits(cert) {
		t.Error("the order of names matters, but should not")
	}
	leaf.hosts = leaf.hosts[1:]
	if leaf.fits(cert) {
		t.Error("a certificate with too many names counts as fitting")
	}
}

func TestCiliumPoolsLeaveOutTheEdgesOfANetwork(t *testing.T) {
	pool := func(edges string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
			"allowFirstLastIPs": edges,
			"blocks": []any{
				map[string]any{"cidr": "198.51.100.0/30"},
				map[string]any{"cidr": "203.0.113.7/32"},
				map[string]any{"start": "192.0.2.10", "stop": "192.0.2.12"},
			},
		}}}
	}
	for edges, want := range map[string]string{
		"No":  "[198.51.100.1-198.51.100.2 203.0.113.7-203.0.113.7 192.0.2.10-192.0.2.12]",
		"Yes": "[198.51.100.0-198.51.100.3 203.0.113.7-203.0.113.7 192.0.2.10-192.0.2.12]",
	} {
		ranges, err := ciliumRanges(pool(edges))
		if got := fmt.Sprint(ranges); err != nil || got != want {
			t.Errorf("allowFirstLastIPs %s: %s, %v; want %s", edges, got, err, want)
		}
	}
}
