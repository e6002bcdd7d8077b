package controlplane

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/pki"
)

// material is every file the programs of a control plane are pointed at.
type material struct {
	admin *pki.Pair

	caFile, caKeyFile                   string
	servingCert, servingKey             string
	aggregatorCA, proxyCert, proxyKey   string
	etcdCA, etcdCert, etcdKey           string
	kubeletClientCert, kubeletClientKey string
	saKey, saPublic                     string
	encryption, admission               string
	managerConfig, schedulerConfig      string
}

// prepare issues the certificates and writes all files. Certificates are issued again at each start.
func prepare(cfg Config) (*material, error) {
	ca, err := pki.ParseCA(cfg.CA.Cert, cfg.CA.Key)
	if err != nil {
		return nil, fmt.Errorf("cluster CA: %w", err)
	}
	aggregator, err := pki.ParseCA(cfg.AggregatorCA.Cert, cfg.AggregatorCA.Key)
	if err != nil {
		return nil, fmt.Errorf("aggregator CA: %w", err)
	}
	names, err := servingNames(cfg)
	if err != nil {
		return nil, err
	}
	issue := issuer{}
	serving := issue.from(ca, pki.Leaf{CommonName: "kube-apiserver", Organizations: []string{"kube-master"}, Hosts: names, Server: true})
	kubelet := issue.from(ca, pki.Leaf{CommonName: "apiserver-kubelet-client", Organizations: []string{"system:masters"}, Client: true})
	proxy := issue.from(aggregator, pki.Leaf{CommonName: "front-proxy-client", Client: true})
	admin := issue.from(ca, pki.Leaf{CommonName: "admin", Organizations: []string{"system:masters"}, Client: true})
	manager := issue.from(ca, pki.Leaf{CommonName: "system:kube-controller-manager", Client: true})
	scheduler := issue.from(ca, pki.Leaf{CommonName: "system:kube-scheduler", Client: true})
	if issue.err != nil {
		return nil, issue.err
	}
	saPublic, err := pki.PublicKeyPEM(cfg.ServiceAccountKey)
	if err != nil {
		return nil, fmt.Errorf("service account key: %w", err)
	}

	f := fileSet{dir: cfg.pkiDir()}
	m := &material{
		admin:  admin,
		caFile: f.write("ca.crt", cfg.CA.Cert), caKeyFile: f.write("ca.key", ca.KeyPEM),
		servingCert: f.write("apiserver.crt", serving.CertPEM), servingKey: f.write("apiserver.key", serving.KeyPEM),
		aggregatorCA: f.write("front-proxy-ca.crt", cfg.AggregatorCA.Cert),
		proxyCert:    f.write("front-proxy-client.crt", proxy.CertPEM), proxyKey: f.write("front-proxy-client.key", proxy.KeyPEM),
		etcdCA: f.write("etcd-ca.crt", cfg.Etcd.CA), etcdCert: f.write("etcd-client.crt", cfg.Etcd.Cert), etcdKey: f.write("etcd-client.key", cfg.Etcd.Key),
		kubeletClientCert: f.write("kubelet-client.crt", kubelet.CertPEM), kubeletClientKey: f.write("kubelet-client.key", kubelet.KeyPEM),
		saKey: f.write("sa.key", cfg.ServiceAccountKey), saPublic: f.write("sa.pub", saPublic),
	}
	f.dir = cfg.Dir
	for _, user := range []struct {
		file string
		pair *pki.Pair
	}{{"admin", admin}, {"controller-manager", manager}, {"scheduler", scheduler}} {
		text, err := kubeconfig(cfg.Name, cfg.listenURL(), cfg.CA.Cert, user.pair)
		if err != nil {
			return nil, err
		}
		f.write(user.file+".kubeconfig", text)
	}
	m.managerConfig = filepath.Join(cfg.Dir, "controller-manager.kubeconfig")
	m.schedulerConfig = filepath.Join(cfg.Dir, "scheduler.kubeconfig")
	if cfg.SecretboxKey != "" {
		m.encryption = f.writeYAML("encryption.yaml", encryptionConfiguration(cfg.SecretboxKey))
	}
	if len(cfg.AdmissionPlugins) > 0 {
		m.admission = f.writeYAML("admission.yaml", admissionConfiguration(cfg.AdmissionPlugins))
	}
	return m, f.err
}

func (f *fileSet) writeYAML(name string, value any) string {
	data, err := yaml.Marshal(value)
	if f.err == nil {
		f.err = err
	}
	return f.write(name, data)
}

type issuer struct{ err error }

func (i *issuer) from(ca *pki.Pair, leaf pki.Leaf) *pki.Pair {
	if i.err != nil {
		return nil
	}
	pair, err := ca.Issue(leaf)
	i.err = err
	return pair
}

// servingNames are all names a client may use for the API server.
func servingNames(cfg Config) ([]string, error) {
	endpoint, err := url.Parse(cfg.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint %q: %w", cfg.Endpoint, err)
	}
	names := []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + cfg.DNSDomain,
		"localhost", "127.0.0.1", cfg.Host, endpoint.Hostname(),
	}
	for _, text := range cfg.ServiceCIDRs {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("service CIDR %q: %w", text, err)
		}
		names = append(names, prefix.Masked().Addr().Next().String())
	}
	return append(names, cfg.CertSANs...), nil
}

func encryptionConfiguration(key string) map[string]any {
	return map[string]any{
		"apiVersion": "apiserver.config.k8s.io/v1", "kind": "EncryptionConfiguration",
		"resources": []any{map[string]any{
			"resources": []any{"secrets"},
			"providers": []any{
				map[string]any{"secretbox": map[string]any{"keys": []any{map[string]any{"name": "key2", "secret": key}}}},
				map[string]any{"identity": map[string]any{}},
			},
		}},
	}
}

func admissionConfiguration(plugins map[string]any) map[string]any {
	var list []any
	for name, configuration := range plugins {
		list = append(list, map[string]any{"name": name, "configuration": configuration})
	}
	return map[string]any{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": list}
}

// kept reads a file, or makes its content once.
func kept(path string, make func() ([]byte, error)) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = make(); err != nil {
		return nil, err
	}
	return data, atomicfile.Write(path, data, 0o600)
}

// keptCA is kept for a certificate authority; the key is written last, so that a half-written pair is made again.
func keptCA(dir, name, commonName string) (CertKey, error) {
	certFile, keyFile := filepath.Join(dir, name+".generated.crt"), filepath.Join(dir, name+".generated.key")
	cert, certErr := os.ReadFile(certFile)
	key, keyErr := os.ReadFile(keyFile)
	if certErr == nil && keyErr == nil {
		return CertKey{Cert: cert, Key: key}, nil
	}
	ca, err := pki.NewCA(commonName)
	if err != nil {
		return CertKey{}, err
	}
	if err := atomicfile.Write(certFile, ca.CertPEM, 0o600); err != nil {
		return CertKey{}, err
	}
	if err := atomicfile.Write(keyFile, ca.KeyPEM, 0o600); err != nil {
		return CertKey{}, err
	}
	return CertKey{Cert: ca.CertPEM, Key: ca.KeyPEM}, nil
}
