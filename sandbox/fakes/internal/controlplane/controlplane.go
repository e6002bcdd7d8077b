package controlplane

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/probe"
	"firmament.example/sandbox/fakes/internal/process"
)

// Config describes a control plane.
type Config struct {
	// Name is unique in the sandbox: prefix of process names and port keys.
	Name string
	// Dir holds certificates, kubeconfigs and configuration files; created where needed.
	Dir string
	// Host and Port the API server listens on: a loopback address and a port out of Deps.Ports.
	Host string
	Port int
	// Endpoint is the advertised URL, https://host:port; default: what it listens on.
	Endpoint string
	// CA of the cluster: serving certificate, client certificates and the signer of certificate requests.
	CA CertKey
	// AggregatorCA signs the front proxy; made when empty.
	AggregatorCA CertKey
	// Etcd that keeps the data.
	Etcd EtcdClient
	// ServiceAccountKey signs tokens (private key, PEM); made once and kept in Dir when empty.
	ServiceAccountKey []byte
	// SecretboxKey (base64, 32 bytes) encrypts Secrets in etcd; empty: not encrypted.
	SecretboxKey string
	// PodCIDRs and ServiceCIDRs; one per address family. Without PodCIDRs nodes get no pod range.
	PodCIDRs, ServiceCIDRs []string
	// DNSDomain; default cluster.local.
	DNSDomain string
	// CertSANs are further names of the serving certificate.
	CertSANs []string
	// AdmissionPlugins are configurations of admission plugins by name, such as PodSecurity.
	AdmissionPlugins map[string]any
	// Scheduler starts a kube-scheduler.
	Scheduler bool
	// APIServerArgs are further flags, without dashes. They win over the sandbox's own, save those that would break it.
	APIServerArgs map[string][]string
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	cfg   Config
	deps  Deps
	admin *pki.Pair
}

func (c Config) apiServer() string { return c.Name + "-kube-apiserver" }
func (c Config) manager() string   { return c.Name + "-kube-controller-manager" }
func (c Config) scheduler() string { return c.Name + "-kube-scheduler" }
func (c Config) listenURL() string {
	return "https://" + net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}
func (c Config) pkiDir() string     { return filepath.Join(c.Dir, "pki") }
func (c Config) portKeys() []string { return []string{c.manager(), c.scheduler()} }

// Start starts kube-apiserver, kube-controller-manager and, if wanted, kube-scheduler, and returns when the API
// server says it is ready. What exists in Dir and in etcd is used, so that calling it again after a crash continues.
func Start(ctx context.Context, deps Deps, cfg Config) (*ControlPlane, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("control plane %s: %w", cfg.Name, err)
	}
	m, err := prepare(cfg)
	if err != nil {
		return nil, fmt.Errorf("control plane %s: %w", cfg.Name, err)
	}
	cp := &ControlPlane{cfg: cfg, deps: deps, admin: m.admin}
	if err := cp.start(ctx, m); err != nil {
		return nil, errors.Join(fmt.Errorf("control plane %s: %w", cfg.Name, err), cp.Stop())
	}
	deps.Clusters.add(cp)
	return cp, nil
}

func (c *Config) complete() error {
	if c.DNSDomain == "" {
		c.DNSDomain = "cluster.local"
	}
	if c.Endpoint == "" {
		c.Endpoint = c.listenURL()
	}
	if len(c.ServiceCIDRs) == 0 {
		return errors.New("no service CIDR")
	}
	if len(c.Etcd.Servers) == 0 {
		return errors.New("no etcd")
	}
	if ip := net.ParseIP(c.Host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("host %q — the sandbox serves on loopback addresses only", c.Host)
	}
	if len(c.AggregatorCA.Cert) == 0 {
		ca, err := keptCA(c.pkiDir(), "aggregator", "front-proxy")
		if err != nil {
			return err
		}
		c.AggregatorCA = ca
	}
	if len(c.ServiceAccountKey) == 0 {
		key, err := kept(filepath.Join(c.pkiDir(), "sa.generated.key"), pki.NewServiceAccountKey)
		if err != nil {
			return err
		}
		c.ServiceAccountKey = key
	}
	return nil
}

func (cp *ControlPlane) start(ctx context.Context, m *material) error {
	cfg := cp.cfg
	client, err := httpsClient(cfg.CA.Cert, m.admin.CertPEM, m.admin.KeyPEM)
	if err != nil {
		return err
	}
	path, err := cp.deps.Tool("kube-apiserver")
	if err != nil {
		return err
	}
	if err := cp.deps.Supervisor.Start(ctx, process.Spec{
		Name: cfg.apiServer(), Path: path, Args: apiServerArgs(cfg, m), Dir: cfg.Dir, Restart: true,
		Ready: func(ctx context.Context) error { return probe.OK(ctx, client, cfg.listenURL()+"/readyz") },
	}); err != nil {
		return err
	}
	if err := cp.startClient(ctx, "kube-controller-manager", cfg.manager(), func(port int) []string { return managerArgs(cfg, m, port) }); err != nil {
		return err
	}
	if !cfg.Scheduler {
		return nil
	}
	return cp.startClient(ctx, "kube-scheduler", cfg.scheduler(), func(port int) []string { return schedulerArgs(m, port) })
}

// startClient starts a program that only talks to the API server. It restarts by itself when that goes away for long.
func (cp *ControlPlane) startClient(ctx context.Context, tool, name string, args func(port int) []string) error {
	path, err := cp.deps.Tool(tool)
	if err != nil {
		return err
	}
	port, err := cp.deps.Ports.Port(name)
	if err != nil {
		return err
	}
	return cp.deps.Supervisor.Start(ctx, process.Spec{Name: name, Path: path, Args: args(port), Dir: cp.cfg.Dir, Restart: true})
}

// RESTConfig is an administrator's access on the address the API server listens on.
func (cp *ControlPlane) RESTConfig() *rest.Config {
	return &rest.Config{
		Host:            cp.cfg.listenURL(),
		TLSClientConfig: rest.TLSClientConfig{CAData: cp.cfg.CA.Cert, CertData: cp.admin.CertPEM, KeyData: cp.admin.KeyPEM},
		// The daemon's own controllers must not slow each other down.
		QPS: 100, Burst: 200,
	}
}

// Kubeconfig is an administrator's kubeconfig with the advertised endpoint.
func (cp *ControlPlane) Kubeconfig() ([]byte, error) {
	return kubeconfig(cp.cfg.Name, cp.cfg.Endpoint, cp.cfg.CA.Cert, cp.admin)
}

// KubeconfigFile is the path of an administrator's kubeconfig on disk, for programs of the sandbox.
func (cp *ControlPlane) KubeconfigFile() string { return filepath.Join(cp.cfg.Dir, "admin.kubeconfig") }

// Config is what the control plane was started with, completed.
func (cp *ControlPlane) Config() Config { return cp.cfg }

// Stop ends the processes; the data stays.
func (cp *ControlPlane) Stop() error {
	cp.deps.Clusters.remove(cp)
	var errs []error
	for _, name := range []string{cp.cfg.scheduler(), cp.cfg.manager(), cp.cfg.apiServer()} {
		errs = append(errs, cp.deps.Supervisor.Stop(name))
	}
	return errors.Join(errs...)
}

// Delete ends the processes, gives their ports back and removes Dir. The data in etcd is the caller's, and so is the
// API server's port.
func (cp *ControlPlane) Delete() error {
	if err := cp.Stop(); err != nil {
		return err
	}
	for _, key := range cp.cfg.portKeys() {
		if err := cp.deps.Ports.Release(key); err != nil {
			return err
		}
	}
	return os.RemoveAll(cp.cfg.Dir)
}

func kubeconfig(name, server string, ca []byte, user *pki.Pair) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	context := user.Cert.Subject.CommonName + "@" + name
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	config.AuthInfos[context] = &clientcmdapi.AuthInfo{ClientCertificateData: user.CertPEM, ClientKeyData: user.KeyPEM}
	config.Contexts[context] = &clientcmdapi.Context{Cluster: name, AuthInfo: context, Namespace: "default"}
	config.CurrentContext = context
	return clientcmd.Write(*config)
}
