package talos

import (
	"context"
	stdx509 "crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/gendata"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"go.yaml.in/yaml/v4"
	"golang.org/x/mod/semver"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// clock is read by everything that looks at or makes certificates.
type clock func() time.Time

func keyPairSchema() attribute {
	return attribute{kind: object, required: true, fields: schema{"cert": {required: true}, "key": {required: true, secret: true}}}
}

// machineSecretsSchema describes machineSecrets, as an input of functions and an output of Secrets.
func machineSecretsSchema() schema {
	return schema{
		"cluster": {kind: object, required: true, fields: schema{
			"id": {required: true}, "secret": {required: true, secret: true},
		}},
		"secrets": {kind: object, required: true, fields: schema{
			"bootstrapToken":            {required: true, secret: true},
			"secretboxEncryptionSecret": {required: true, secret: true},
			"aescbcEncryptionSecret":    {secret: true},
		}},
		"trustdinfo": {kind: object, required: true, fields: schema{"token": {required: true, secret: true}}},
		"certs": {kind: object, required: true, fields: schema{
			"etcd": keyPairSchema(), "k8s": keyPairSchema(), "k8sAggregator": keyPairSchema(), "os": keyPairSchema(),
			"k8sServiceaccount": {kind: object, required: true, fields: schema{"key": {required: true, secret: true}}},
		}},
	}
}

// secretsResource is talos:machine/secrets:Secrets.
func secretsResource(now clock) *planned {
	return &planned{
		id: "machine_secrets",
		schema: schema{
			"talosVersion":        {computed: true},
			"machineSecrets":      {kind: object, output: true, computed: true, fields: machineSecretsSchema()},
			"clientConfiguration": {kind: object, output: true, computed: true, fields: clientSchema(false)},
		},
		validate: validateTalosVersion,
		refine:   func(_ context.Context, p *plan) error { return refineSecrets(p, now()) },
		create: func(_ context.Context, p *plan) (string, error) {
			return "", createSecrets(p, now())
		},
		update: func(_ context.Context, p *plan) error { return updateSecrets(p, now()) },
		adopt: func(_ context.Context, path string) (string, resource.PropertyMap, error) {
			return adoptSecrets(path, now())
		},
	}
}

func validateTalosVersion(inputs resource.PropertyMap) []plugin.CheckFailure {
	version := textOf(inputs, "talosVersion")
	if version == "" {
		return nil
	}
	if _, err := config.ParseContractFromVersion(version); err != nil {
		return []plugin.CheckFailure{{
			Property: "talosVersion",
			Reason:   fmt.Sprintf("talosVersion: %q — must be a Talos version like v1.13 (%v); correct it", version, err),
		}}
	}
	return nil
}

// refineSecrets settles the version and decides whether these secrets can serve it. Secrets of a newer contract may
// lack what an older one needs, so lowering the version makes new ones.
func refineSecrets(p *plan, now time.Time) error {
	version := p.state["talosVersion"]
	if p.inputs["talosVersion"].ContainsUnknowns() {
		return nil
	}
	if !version.IsString() {
		p.state["talosVersion"] = resource.NewProperty(semver.MajorMinor(gendata.VersionTag))
		version = p.state["talosVersion"]
	}
	if p.prior == nil {
		return nil
	}
	if semver.Compare(canonical(version.StringValue()), canonical(textOf(p.prior, "talosVersion"))) < 0 {
		p.replace = append(p.replace, "talosVersion")
	}
	expiring, err := credentialsExpire(p.prior, now)
	if err != nil {
		return err
	}
	if expiring {
		p.state["clientConfiguration"] = resource.NewProperty(resource.PropertyMap{
			"caCertificate": provider.Unknown(), "clientCertificate": provider.Unknown(), "clientKey": provider.Unknown(),
		})
	}
	return nil
}

func canonical(version string) string { return "v" + strings.TrimPrefix(version, "v") }

// credentialsExpire reports whether the stored credentials end within a month.
func credentialsExpire(state resource.PropertyMap, now time.Time) (bool, error) {
	encoded := textOf(fieldsOf(state, "clientConfiguration"), "clientCertificate")
	if encoded == "" {
		return false, nil
	}
	end, err := certificateEnd(encoded)
	if err != nil {
		return false, fmt.Errorf("clientConfiguration.clientCertificate in the state: %w", err)
	}
	return end.Before(now.AddDate(0, 1, 0)), nil
}

// certificateEnd reads when a certificate (base64 of PEM) ends.
func certificateEnd(encoded string) (time.Time, error) {
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return time.Time{}, fmt.Errorf("not base64: %w", err)
	}
	block, _ := pem.Decode(decoded)
	if block == nil {
		return time.Time{}, errors.New("not PEM")
	}
	certificate, err := stdx509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}, fmt.Errorf("not a certificate: %w", err)
	}
	return certificate.NotAfter, nil
}

func createSecrets(p *plan, now time.Time) error {
	contract, err := config.ParseContractFromVersion(textOf(p.state, "talosVersion"))
	if err != nil {
		return fmt.Errorf("talosVersion: %w", err)
	}
	bundle, err := secrets.NewBundle(secrets.NewFixedClock(now), contract)
	if err != nil {
		return fmt.Errorf("generate secrets: %w", err)
	}
	p.state["machineSecrets"] = resource.NewProperty(fromBundle(bundle))
	return issueCredentials(p.state, bundle)
}

// updateSecrets keeps the secrets and renews the credentials when their end is near.
func updateSecrets(p *plan, now time.Time) error {
	p.state["machineSecrets"] = p.prior["machineSecrets"]
	p.state["clientConfiguration"] = p.prior["clientConfiguration"]
	expiring, err := credentialsExpire(p.prior, now)
	if err != nil || !expiring {
		return err
	}
	bundle, err := toBundle(fieldsOf(p.prior, "machineSecrets"), now)
	if err != nil {
		return err
	}
	return issueCredentials(p.state, bundle)
}

// issueCredentials signs a new client certificate with the role of an administrator.
func issueCredentials(state resource.PropertyMap, bundle *secrets.Bundle) error {
	ttl := constants.TalosAPIDefaultCertificateValidityDuration
	pair, err := bundle.GenerateTalosAPIClientCertificateWithTTL(role.MakeSet(role.Admin), ttl)
	if err != nil {
		return fmt.Errorf("sign client certificate: %w", err)
	}
	state["clientConfiguration"] = resource.NewProperty(resource.PropertyMap{
		"caCertificate":     encoded(bundle.Certs.OS.Crt),
		"clientCertificate": encoded(pair.Crt),
		"clientKey":         encoded(pair.Key),
	})
	return nil
}

// adoptSecrets reads a file that `talosctl gen secrets` wrote. The version is not in it; the oldest one that the
// content allows is taken, and the next update raises it.
func adoptSecrets(path string, now time.Time) (string, resource.PropertyMap, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", nil, fmt.Errorf("import machine secrets, the id being the path of a secrets file: %w", err)
	}
	bundle := &secrets.Bundle{}
	if err := yaml.Unmarshal(content, bundle); err != nil {
		return "", nil, fmt.Errorf("read machine secrets from %s: %w", path, err)
	}
	bundle.Clock = secrets.NewFixedClock(now)
	if err := bundle.Validate(); err != nil {
		return "", nil, fmt.Errorf("machine secrets in %s: %w", path, err)
	}
	version := "v1.3"
	if bundle.Secrets.AESCBCEncryptionSecret != "" {
		version = "v1.2"
	}
	state := resource.PropertyMap{
		"talosVersion":   resource.NewProperty(version),
		"machineSecrets": resource.NewProperty(fromBundle(bundle)),
	}
	return "machine_secrets", state, issueCredentials(state, bundle)
}

// fromBundle turns secrets into properties.
func fromBundle(bundle *secrets.Bundle) resource.PropertyMap {
	pair := func(pair *x509.PEMEncodedCertificateAndKey) resource.PropertyValue {
		return resource.NewProperty(resource.PropertyMap{"cert": encoded(pair.Crt), "key": encoded(pair.Key)})
	}
	kubernetes := resource.PropertyMap{
		"bootstrapToken":            resource.NewProperty(bundle.Secrets.BootstrapToken),
		"secretboxEncryptionSecret": resource.NewProperty(bundle.Secrets.SecretboxEncryptionSecret),
	}
	if bundle.Secrets.AESCBCEncryptionSecret != "" {
		kubernetes["aescbcEncryptionSecret"] = resource.NewProperty(bundle.Secrets.AESCBCEncryptionSecret)
	}
	return resource.PropertyMap{
		"cluster": resource.NewProperty(resource.PropertyMap{
			"id":     resource.NewProperty(bundle.Cluster.ID),
			"secret": resource.NewProperty(bundle.Cluster.Secret),
		}),
		"secrets":    resource.NewProperty(kubernetes),
		"trustdinfo": resource.NewProperty(resource.PropertyMap{"token": resource.NewProperty(bundle.TrustdInfo.Token)}),
		"certs": resource.NewProperty(resource.PropertyMap{
			"etcd":          pair(bundle.Certs.Etcd),
			"k8s":           pair(bundle.Certs.K8s),
			"k8sAggregator": pair(bundle.Certs.K8sAggregator),
			"os":            pair(bundle.Certs.OS),
			"k8sServiceaccount": resource.NewProperty(resource.PropertyMap{
				"key": encoded(bundle.Certs.K8sServiceAccount.Key),
			}),
		}),
	}
}

// toBundle turns properties back into secrets.
func toBundle(values resource.PropertyMap, now time.Time) (*secrets.Bundle, error) {
	certs := fieldsOf(values, "certs")
	var problems []error
	decode := func(name, key resource.PropertyKey) []byte {
		decoded, err := base64.StdEncoding.DecodeString(textOf(fieldsOf(certs, name), key))
		if err != nil {
			problems = append(problems, fmt.Errorf("machineSecrets.certs.%s.%s: must be base64 of PEM: %w", name, key, err))
		}
		return decoded
	}
	pair := func(name resource.PropertyKey) *x509.PEMEncodedCertificateAndKey {
		return &x509.PEMEncodedCertificateAndKey{Crt: decode(name, "cert"), Key: decode(name, "key")}
	}
	kubernetes := fieldsOf(values, "secrets")
	bundle := &secrets.Bundle{
		Clock: secrets.NewFixedClock(now),
		Cluster: &secrets.Cluster{
			ID:     textOf(fieldsOf(values, "cluster"), "id"),
			Secret: textOf(fieldsOf(values, "cluster"), "secret"),
		},
		Secrets: &secrets.Secrets{
			BootstrapToken:            textOf(kubernetes, "bootstrapToken"),
			SecretboxEncryptionSecret: textOf(kubernetes, "secretboxEncryptionSecret"),
			AESCBCEncryptionSecret:    textOf(kubernetes, "aescbcEncryptionSecret"),
		},
		TrustdInfo: &secrets.TrustdInfo{Token: textOf(fieldsOf(values, "trustdinfo"), "token")},
		Certs: &secrets.Certs{
			Etcd:              pair("etcd"),
			K8s:               pair("k8s"),
			K8sAggregator:     pair("k8sAggregator"),
			K8sServiceAccount: &x509.PEMEncodedKey{Key: decode("k8sServiceaccount", "key")},
			OS:                pair("os"),
		},
	}
	return bundle, errors.Join(problems...)
}

func encoded(pem []byte) resource.PropertyValue {
	return resource.NewProperty(base64.StdEncoding.EncodeToString(pem))
}
