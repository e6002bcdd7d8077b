package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/probe"
	"firmament.example/sandbox/fakes/internal/process"
)

// EtcdConfig says how to run an etcd. It has one member: where a machine configuration asks for three, the sandbox
// still keeps the data once.
type EtcdConfig struct {
	// Name of the process and prefix of its port keys.
	Name string
	// Dir holds data and certificates.
	Dir string
	// CA that signs peers and clients, as the etcd section of a machine configuration carries it.
	CA CertKey
	// QuotaBackendBytes; default 2 GiB.
	QuotaBackendBytes int64
}

// EtcdClient is how an API server reaches an etcd.
type EtcdClient struct {
	// Servers are URLs.
	Servers []string
	// CA, Cert and Key are PEM texts.
	CA, Cert, Key []byte
	// Prefix of all keys; default "/registry".
	Prefix string
}

// Etcd is a running etcd.
type Etcd struct {
	name string
	dir  string
	deps Deps
	// Client reaches it with a certificate of its CA.
	Client EtcdClient
}

// dataDir is where the etcd of a directory keeps its data.
func dataDir(dir string) string { return filepath.Join(dir, "data") }

// servedFile exists once an etcd of the directory has been healthy.
func servedFile(dir string) string { return filepath.Join(dir, "served") }

// forgetUnborn removes the data of an etcd that was killed before it was ever healthy. Its log may lack the entry that
// makes it a member: such an etcd waits for a leader for ever, and has no data yet.
func forgetUnborn(dir string) error {
	if _, err := os.Stat(servedFile(dir)); err == nil {
		return nil
	}
	return os.RemoveAll(dataDir(dir))
}

// StartEtcd starts etcd with client certificates required and returns when it is healthy. Data that exists is used.
func StartEtcd(ctx context.Context, deps Deps, cfg EtcdConfig) (*Etcd, error) {
	path, err := deps.Tool("etcd")
	if err != nil {
		return nil, err
	}
	ca, err := pki.ParseCA(cfg.CA.Cert, cfg.CA.Key)
	if err != nil {
		return nil, fmt.Errorf("etcd %s: CA: %w", cfg.Name, err)
	}
	var port [3]int
	for i, use := range []string{"client", "peer", "metrics"} {
		if port[i], err = deps.Ports.Port(cfg.Name + "/" + use); err != nil {
			return nil, err
		}
	}
	server, err := ca.Issue(pki.Leaf{CommonName: "etcd", Hosts: []string{"127.0.0.1", "localhost"}, Server: true, Client: true})
	if err != nil {
		return nil, err
	}
	client, err := ca.Issue(pki.Leaf{CommonName: "kube-apiserver", Client: true})
	if err != nil {
		return nil, err
	}
	files := fileSet{dir: filepath.Join(cfg.Dir, "pki")}
	caFile := files.write("ca.crt", ca.CertPEM)
	certFile := files.write("server.crt", server.CertPEM)
	keyFile := files.write("server.key", server.KeyPEM)
	if files.err != nil {
		return nil, fmt.Errorf("etcd %s: %w", cfg.Name, files.err)
	}
	if err := forgetUnborn(cfg.Dir); err != nil {
		return nil, fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	if err := os.MkdirAll(dataDir(cfg.Dir), 0o700); err != nil {
		return nil, fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	quota := cfg.QuotaBackendBytes
	if quota == 0 {
		quota = 2 << 30
	}

	clientURL := fmt.Sprintf("https://127.0.0.1:%d", port[0])
	peerURL := fmt.Sprintf("https://127.0.0.1:%d", port[1])
	health := fmt.Sprintf("http://127.0.0.1:%d", port[2])
	spec := process.Spec{
		Name: cfg.Name, Path: path, Dir: cfg.Dir, Restart: true,
		Args: []string{
			"--name=" + cfg.Name, "--data-dir=" + dataDir(cfg.Dir),
			"--listen-client-urls=" + clientURL, "--advertise-client-urls=" + clientURL,
			"--listen-peer-urls=" + peerURL, "--initial-advertise-peer-urls=" + peerURL,
			"--initial-cluster=" + cfg.Name + "=" + peerURL, "--listen-metrics-urls=" + health,
			"--cert-file=" + certFile, "--key-file=" + keyFile, "--trusted-ca-file=" + caFile, "--client-cert-auth",
			"--peer-cert-file=" + certFile, "--peer-key-file=" + keyFile, "--peer-trusted-ca-file=" + caFile, "--peer-client-cert-auth",
			// A sandbox survives killed processes, not power cuts: it need not wait for the disk.
			"--unsafe-no-fsync", "--quota-backend-bytes=" + strconv.FormatInt(quota, 10),
			"--auto-compaction-mode=periodic", "--auto-compaction-retention=5m",
			"--log-level=warn",
		},
		Ready: func(ctx context.Context) error { return probe.OK(ctx, http.DefaultClient, health+"/health") },
	}
	if err := deps.Supervisor.Start(ctx, spec); err != nil {
		return nil, err
	}
	if err := os.WriteFile(servedFile(cfg.Dir), nil, 0o600); err != nil {
		return nil, fmt.Errorf("etcd %s: %w", cfg.Name, err)
	}
	return &Etcd{
		name: cfg.Name, dir: cfg.Dir, deps: deps,
		Client: EtcdClient{Servers: []string{clientURL}, CA: ca.CertPEM, Cert: client.CertPEM, Key: client.KeyPEM},
	}, nil
}

// Stop ends etcd; the data stays.
func (e *Etcd) Stop() error { return e.deps.Supervisor.Stop(e.name) }

// Delete ends etcd and removes its data.
func (e *Etcd) Delete() error {
	if err := e.Stop(); err != nil {
		return err
	}
	for _, use := range []string{"client", "peer", "metrics"} {
		if err := e.deps.Ports.Release(e.name + "/" + use); err != nil {
			return err
		}
	}
	return os.RemoveAll(e.dir)
}

// httpsClient trusts one CA, checks the name of the certificate and shows a client certificate.
func httpsClient(ca, cert, key []byte) (*http.Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("no certificate in CA text")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true,
	}}, nil
}
