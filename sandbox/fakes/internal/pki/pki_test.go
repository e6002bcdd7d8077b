package pki

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"
)

func TestLeafVerifiesAgainstItsCA(t *testing.T) {
	ca, err := NewCA("test")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCA(ca.CertPEM, ca.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := again.Issue(Leaf{CommonName: "x", Organizations: []string{"os:admin"}, Hosts: []string{"127.0.0.1", "name.test", "127.0.0.1"}, Server: true})
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Cert)
	for _, host := range []string{"127.0.0.1", "name.test"} {
		if _, err := leaf.Cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Error(err)
		}
	}
	if _, err := leaf.Cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err == nil {
		t.Error("a server certificate serves as client certificate")
	}
	if left := time.Until(leaf.Cert.NotAfter); left < 364*24*time.Hour || left > 366*24*time.Hour {
		t.Errorf("valid for %s", left)
	}
}

func TestTalosKeysAreUnderstood(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseKey(pem.EncodeToMemory(&pem.Block{Type: "ED25519 PRIVATE KEY", Bytes: der}))
	if err != nil || !key.Equal(parsed) {
		t.Fatalf("%v %v", parsed, err)
	}
	if _, err := ParseKey([]byte("no key")); err == nil || !strings.Contains(err.Error(), "no private key") {
		t.Fatalf("got %v", err)
	}
}

func TestServiceAccountKeyHasAPublicHalf(t *testing.T) {
	key, err := NewServiceAccountKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicKeyPEM(key)
	if err != nil || !strings.HasPrefix(string(public), "-----BEGIN PUBLIC KEY-----") {
		t.Fatalf("%s %v", public, err)
	}
}
