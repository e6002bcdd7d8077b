package kubevirt

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"firmament.example/sandbox/fakes/internal/pki"
)

const joinV1beta4 = `---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: 127.0.0.1:6443
    caCertHashes: [sha256:00]
    token: abcdef.0123456789abcdef
nodeRegistration:
  name: '{{ ds.meta_data.local_hostname }}'
  kubeletExtraArgs:
  - {name: node-labels, value: pool=a}
  taints: [{key: k, value: v, effect: NoSchedule}]
`

func cloudConfig(content, encoding string) []byte {
	return fmt.Appendf(nil, "## template: jinja\n#cloud-config\n\nwrite_files:\n- path: /etc/motd\n  content: hello\n- path: /run/kubeadm/kubeadm-join-config.yaml\n  encoding: %q\n  content: |\n    %s\nruncmd:\n- kubeadm join\n",
		encoding, strings.ReplaceAll(content, "\n", "\n    "))
}

func TestAJoinConfigurationIsFoundInUserData(t *testing.T) {
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, _ = writer.Write([]byte(joinV1beta4))
	_ = writer.Close()
	for name, data := range map[string][]byte{
		"plain":  cloudConfig(joinV1beta4, ""),
		"base64": cloudConfig(base64.StdEncoding.EncodeToString([]byte(joinV1beta4)), "b64"),
		"gzip":   cloudConfig(base64.StdEncoding.EncodeToString(zipped.Bytes()), "gz+b64"),
	} {
		t.Run(name, func(t *testing.T) {
			join, err := parseUserData(data, "worker-1")
			if err != nil {
				t.Fatal(err)
			}
			if join == nil || join.Discovery.BootstrapToken == nil || join.Discovery.BootstrapToken.Token != "abcdef.0123456789abcdef" {
				// gz+b64 names the order of encoding: base64 is undone first.
				t.Fatalf("join configuration %+v", join)
			}
			registration := join.NodeRegistration
			if registration.Name != "worker-1" || registration.KubeletExtraArgs["node-labels"] != "pool=a" || len(registration.Taints) != 1 {
				t.Errorf("node registration %+v", registration)
			}
		})
	}
}

func TestKubeletArgumentsAreAMapInOlderVersions(t *testing.T) {
	text := strings.ReplaceAll(joinV1beta4, "  - {name: node-labels, value: pool=a}", "    node-labels: pool=a")
	join, err := parseUserData(cloudConfig(strings.ReplaceAll(text, "v1beta4", "v1beta3"), ""), "w")
	if err != nil || join == nil {
		t.Fatalf("%+v, %v", join, err)
	}
	if join.NodeRegistration.KubeletExtraArgs["node-labels"] != "pool=a" {
		t.Errorf("arguments %v", join.NodeRegistration.KubeletExtraArgs)
	}
}

func TestUserDataWithoutKubeadmJoinsNothing(t *testing.T) {
	join, err := parseUserData([]byte("#cloud-config\nruncmd: [echo]\n"), "w")
	if err != nil || join != nil {
		t.Errorf("%+v, %v", join, err)
	}
}

func TestOnlyTheTokensOwnerCanSignClusterInfo(t *testing.T) {
	// As the bootstrap signer of Kubernetes makes it: {"alg":"HS256","kid":"abcdef"}, detached.
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"abcdef"}`))
	good := header + ".." + signature(header, "content", "0123456789abcdef")
	for _, test := range []struct {
		name, content, jws, id, secret string
		want                           bool
	}{
		{"the right token", "content", good, "abcdef", "0123456789abcdef", true},
		{"another secret", "content", good, "abcdef", "fedcba9876543210", false},
		{"other content", "tampered", good, "abcdef", "0123456789abcdef", false},
		{"another token id", "content", good, "fedcba", "0123456789abcdef", false},
		{"no signature", "content", header + "..", "abcdef", "0123456789abcdef", false},
		{"attached payload", "content", header + ".Y29udGVudA." + strings.Split(good, ".")[2], "abcdef", "0123456789abcdef", false},
	} {
		if got := signed(test.content, test.jws, test.id, test.secret); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func signature(header, content, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(header + "." + base64.RawURLEncoding.EncodeToString([]byte(content))))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestACertificateAuthorityHasToBePinned(t *testing.T) {
	ca, err := pki.NewCA("one")
	if err != nil {
		t.Fatal(err)
	}
	other, err := pki.NewCA("two")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(ca.Cert.RawSubjectPublicKeyInfo)
	hash := "sha256:" + hex.EncodeToString(sum[:])
	if err := pinned(ca.CertPEM, []string{"sha256:00", hash}); err != nil {
		t.Error(err)
	}
	if err := pinned(other.CertPEM, []string{hash}); err == nil {
		t.Error("another authority was accepted")
	}
}

func TestAddressesAreGivenOnce(t *testing.T) {
	pods := netip.MustParsePrefix("10.244.3.0/28")
	taken := map[string]bool{}
	for i := range 7 { // the upper half without the broadcast address
		ip, err := free(pods, fmt.Sprint(i), taken)
		if err != nil {
			t.Fatal(err)
		}
		if taken[ip] || !pods.Contains(netip.MustParseAddr(ip)) {
			t.Fatalf("address %s: taken or outside of %s", ip, pods)
		}
		taken[ip] = true
	}
	if ip, err := free(pods, "one more", taken); err == nil {
		t.Errorf("got %s from a full range", ip)
	}
}
