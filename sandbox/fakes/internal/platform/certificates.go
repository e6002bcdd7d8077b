package platform

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// clusterResources is the namespace in which a ClusterIssuer's Secrets are looked for.
const clusterResources = "cert-manager"

var certificateKind = kind("cert-manager.io", "v1", "Certificate")

// certificates issues real certificates for cert-manager's Certificates: by CA issuers and self-signed.
func (d *Fake) certificates() reconcile.Controller {
	again := func(ctx context.Context, _ *unstructured.Unstructured) []types.NamespacedName {
		if !d.Cluster.Serves(certificateKind) {
			return nil
		}
		objects, err := d.Cluster.All(ctx, certificateKind)
		if err != nil {
			return nil
		}
		var keys []types.NamespacedName
		for i := range objects {
			if !reconcile.HasCondition(&objects[i], "Ready") {
				keys = append(keys, reconcile.Key(&objects[i]))
			}
		}
		return keys
	}
	return reconcile.Controller{
		Name: "platform/Certificate", Kind: certificateKind, Reconcile: d.reconcileCertificate,
		Also: []reconcile.Also{
			{Kind: kind("cert-manager.io", "v1", "Issuer"), Map: again},
			{Kind: kind("cert-manager.io", "v1", "ClusterIssuer"), Map: again},
		},
	}
}

func (d *Fake) reconcileCertificate(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	object, err := d.Cluster.Find(ctx, certificateKind, key)
	if err != nil || object == nil || object.GetDeletionTimestamp() != nil {
		return 0, err
	}
	cert, issueErr := d.secretOf(ctx, object)
	err = d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error {
		if issueErr != nil {
			reconcile.SetCondition(o, reconcile.Condition{
				Type: "Ready", Status: metav1.ConditionFalse, Reason: "DoesNotExist", Message: issueErr.Error(), Generation: o.GetGeneration(),
			})
			return nil
		}
		reconcile.SetCondition(o, reconcile.Condition{
			Type: "Ready", Status: metav1.ConditionTrue, Reason: "Ready", Message: "Certificate is up to date and has not expired", Generation: o.GetGeneration(),
		})
		reconcile.Set(o, cert.NotBefore.UTC().Format(time.RFC3339), "status", "notBefore")
		reconcile.Set(o, cert.NotAfter.UTC().Format(time.RFC3339), "status", "notAfter")
		reconcile.Set(o, cert.NotAfter.Add(-cert.NotAfter.Sub(cert.NotBefore)/3).UTC().Format(time.RFC3339), "status", "renewalTime")
		reconcile.Set(o, int64(1), "status", "revision")
		return nil
	})
	if issueErr != nil {
		return 2 * time.Second, err
	}
	return 0, err
}

// secretOf makes sure that the Secret of a Certificate holds one that fits, and returns it.
func (d *Fake) secretOf(ctx context.Context, object *unstructured.Unstructured) (*x509.Certificate, error) {
	wanted := request{
		commonName: reconcile.String(object, "spec", "commonName"), isCA: boolean(object, "spec", "isCA"),
		hosts: append(texts(object, "spec", "dnsNames"), texts(object, "spec", "ipAddresses")...),
	}
	if wanted.duration = 90 * 24 * time.Hour; reconcile.String(object, "spec", "duration") != "" {
		duration, err := time.ParseDuration(reconcile.String(object, "spec", "duration"))
		if err != nil {
			return nil, fmt.Errorf("spec.duration: %w", err)
		}
		wanted.duration = duration
	}
	key := types.NamespacedName{Namespace: object.GetNamespace(), Name: reconcile.String(object, "spec", "secretName")}
	var secret corev1.Secret
	switch err := d.Cluster.Get(ctx, key, &secret); {
	case err == nil:
		if cert, err := pki.ParseCert(secret.Data[corev1.TLSCertKey]); err == nil && wanted.fits(cert) {
			return cert, nil
		}
	case !apierrors.IsNotFound(err):
		return nil, err
	}
	signer, err := d.issuer(ctx, object)
	if err != nil {
		return nil, err
	}
	data, cert, err := wanted.issue(signer)
	if err != nil {
		return nil, err
	}
	labels, _, _ := unstructured.NestedStringMap(object.Object, "spec", "secretTemplate", "labels")
	annotations, _, _ := unstructured.NestedStringMap(object.Object, "spec", "secretTemplate", "annotations")
	merged := map[string]string{"cert-manager.io/certificate-name": object.GetName(), "cert-manager.io/issuer-name": reconcile.String(object, "spec", "issuerRef", "name")}
	maps.Copy(merged, annotations)
	return cert, d.Cluster.ApplyTyped(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name, Labels: labels, Annotations: merged},
		Type:       corev1.SecretTypeTLS, Data: data,
	})
}

// issuer is the authority a Certificate names; nil for self-signed ones.
func (d *Fake) issuer(ctx context.Context, object *unstructured.Unstructured) (*pki.Pair, error) {
	name := reconcile.String(object, "spec", "issuerRef", "name")
	of := reconcile.String(object, "spec", "issuerRef", "kind")
	key, secrets := types.NamespacedName{Namespace: object.GetNamespace(), Name: name}, object.GetNamespace()
	if of == "" {
		of = "Issuer"
	}
	if of == "ClusterIssuer" {
		key.Namespace, secrets = "", clusterResources
	}
	issuer, err := d.Cluster.Find(ctx, kind("cert-manager.io", "v1", of), key)
	if err != nil {
		return nil, err
	}
	if issuer == nil {
		return nil, fmt.Errorf("%s %s does not exist", of, name)
	}
	if _, found, _ := unstructured.NestedMap(issuer.Object, "spec", "ca"); !found {
		// Self-signed; so are those of ACME, Vault and others, which the sandbox cannot reach.
		return nil, nil
	}
	var secret corev1.Secret
	if err := d.Cluster.Get(ctx, types.NamespacedName{Namespace: secrets, Name: reconcile.String(issuer, "spec", "ca", "secretName")}, &secret); err != nil {
		return nil, fmt.Errorf("%s %s: %w", of, name, err)
	}
	return pki.ParseCA(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey])
}

// request is the certificate that is wanted.
type request struct {
	commonName string
	hosts      []string
	isCA       bool
	duration   time.Duration
}

func (r request) fits(cert *x509.Certificate) bool {
	var have []string
	have = append(have, cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		have = append(have, ip.String())
	}
	wanted := slices.Clone(r.hosts)
	slices.Sort(have)
	slices.Sort(wanted)
	return cert.Subject.CommonName == r.commonName && cert.IsCA == r.isCA && slices.Equal(have, wanted) &&
		time.Until(cert.NotAfter) > r.duration/3
}

func (r request) issue(issuer *pki.Pair) (map[string][]byte, *x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	now := time.Now().UTC()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: r.commonName}, NotBefore: now.Add(-pki.Backdate), NotAfter: now.Add(r.duration),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, BasicConstraintsValid: true, IsCA: r.isCA,
	}
	if r.isCA {
		template.KeyUsage |= x509.KeyUsageCertSign
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	for _, host := range r.hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.Cert, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, errors.Join(errors.New("private key"), err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	ca := certPEM
	if issuer != nil {
		ca = issuer.CertPEM
	}
	return map[string][]byte{
		corev1.TLSCertKey: certPEM, "ca.crt": ca,
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, cert, nil
}

func boolean(object *unstructured.Unstructured, path ...string) bool {
	on, _, _ := unstructured.NestedBool(object.Object, path...)
	return on
}

func texts(object *unstructured.Unstructured, path ...string) []string {
	list, _, _ := unstructured.NestedStringSlice(object.Object, path...)
	return list
}
