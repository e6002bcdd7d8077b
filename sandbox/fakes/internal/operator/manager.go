package operator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/probe"
	"firmament.example/sandbox/fakes/internal/process"
)

func schemaOf(group, version, kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: group, Version: version, Kind: kind}
}

// manager is a running manager process.
type manager struct {
	port int
	ca   []byte
}

// managers are those started in this run, by process name, with the arguments they were started with.
type managers struct {
	mu      sync.Mutex
	started map[string]string
}

// clientConfig describes to an API server how to reach a webhook of the manager.
func (m manager) clientConfig(path string) map[string]any {
	return map[string]any{
		"url":      "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(m.port)) + path,
		"caBundle": base64.StdEncoding.EncodeToString(m.ca),
	}
}

// startManager starts the manager of a provider unless it runs already with the same arguments, and returns when its
// webhooks answer.
func (d *Fake) startManager(ctx context.Context, p Provider, object *unstructured.Unstructured) (manager, error) {
	path, err := d.Deps.Tool(p.Tool)
	if err != nil {
		return manager{}, err
	}
	var port [3]int
	for i, use := range []string{"webhook", "health", "diagnostics"} {
		if port[i], err = d.Deps.Ports.Port(p.Tool + "/" + use); err != nil {
			return manager{}, err
		}
	}
	certs := filepath.Join(d.Dir, p.Tool)
	ca, err := servingCertificate(certs)
	if err != nil {
		return manager{}, fmt.Errorf("%s: %w", p.Tool, err)
	}
	m := manager{port: port[0], ca: ca.CertPEM}
	health := net.JoinHostPort("127.0.0.1", strconv.Itoa(port[1]))
	args := []string{
		"--kubeconfig=" + d.Kubeconfig, "--leader-elect=false",
		"--webhook-cert-dir=" + certs, "--webhook-port=" + strconv.Itoa(port[0]),
		"--health-addr=" + health,
		"--diagnostics-address=" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port[2])), "--insecure-diagnostics",
	}
	if gates := gatesFlag(p, object); gates != "" {
		args = append(args, "--feature-gates="+gates)
	}

	d.managers.mu.Lock()
	defer d.managers.mu.Unlock()
	if d.managers.started == nil {
		d.managers.started = map[string]string{}
	}
	fingerprint := strings.Join(args, "\n")
	if d.managers.started[p.Tool] == fingerprint {
		return m, m.serves(ctx)
	}
	if err := d.Deps.Supervisor.Stop(p.Tool); err != nil {
		return manager{}, err
	}
	delete(d.managers.started, p.Tool)
	err = d.Deps.Supervisor.Start(ctx, process.Spec{
		Name: p.Tool, Path: path, Args: args, Restart: true,
		Env: []string{"POD_NAMESPACE=" + object.GetNamespace(), "POD_NAME=" + p.Prefix + "controller-manager-0", "POD_UID=" + string(object.GetUID())},
		Ready: func(ctx context.Context) error {
			return errors.Join(probe.OK(ctx, http.DefaultClient, "http://"+health+"/readyz"), m.serves(ctx))
		},
	})
	if err != nil {
		return manager{}, err
	}
	d.managers.started[p.Tool] = fingerprint
	return m, nil
}

// Stop ends the managers; their objects stay.
func (d *Fake) Stop() error {
	var errs []error
	for _, p := range d.Providers {
		if p.Tool != "" {
			errs = append(errs, d.stopManager(p))
		}
	}
	return errors.Join(errs...)
}

func (d *Fake) stopManager(p Provider) error {
	d.managers.mu.Lock()
	defer d.managers.mu.Unlock()
	delete(d.managers.started, p.Tool)
	return d.Deps.Supervisor.Stop(p.Tool)
}

// gatesFlag joins upstream's defaults with spec.manager.featureGates.
func gatesFlag(p Provider, object *unstructured.Unstructured) string {
	gates := maps.Clone(p.Gates)
	wanted, _, _ := unstructured.NestedMap(object.Object, "spec", "manager", "featureGates")
	for name, value := range wanted {
		if on, ok := value.(bool); ok {
			gates[name] = on
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		out = append(out, name+"="+strconv.FormatBool(gates[name]))
	}
	return strings.Join(out, ",")
}

// serves asks the webhook port for a TLS connection under the name API servers use.
func (m manager) serves(ctx context.Context) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.ca)
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(m.port)))
	if err != nil {
		return err
	}
	return conn.Close()
}

// servingCertificate keeps a certificate authority and a serving certificate in a directory. The authority is named in
// webhook configurations and must stay the same over restarts.
func servingCertificate(dir string) (*pki.Pair, error) {
	caFile, caKeyFile := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	cert, certErr := os.ReadFile(caFile)
	key, keyErr := os.ReadFile(caKeyFile)
	if certErr == nil && keyErr == nil {
		if ca, err := pki.ParseCA(cert, key); err == nil && exists(filepath.Join(dir, "tls.crt")) {
			return ca, nil
		}
	}
	ca, err := pki.NewCA("webhooks of " + filepath.Base(dir))
	if err != nil {
		return nil, err
	}
	leaf, err := ca.Issue(pki.Leaf{CommonName: "localhost", Hosts: []string{"127.0.0.1", "localhost"}, Server: true})
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{"ca.key", ca.KeyPEM}, {"ca.crt", ca.CertPEM}, {"tls.key", leaf.KeyPEM}, {"tls.crt", leaf.CertPEM}} {
		if err := atomicfile.Write(filepath.Join(dir, file.name), file.data, 0o600); err != nil {
			return nil, err
		}
	}
	return ca, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
