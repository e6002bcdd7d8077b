package kubevirt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

var (
	installationKind = schema.GroupVersionKind{Group: "kubevirt.io", Version: "v1", Kind: "KubeVirt"}
	serviceKind      = schema.GroupVersionKind{Version: "v1", Kind: "Service"}
	apiServiceKind   = schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}
)

// virtAPI is the Service of virt-api. Its name is an external one, so that the API server finds it on this machine.
const virtAPI = "virt-api"

// server is virt-api's, once it listens.
type server struct {
	port      int
	authority []byte
}

// reconcileInstallation serves the subresources of machines behind the API server, as virt-api does, once KubeVirt is
// wanted. The API server authenticates and authorizes callers before they get here.
func (d *Fake) reconcileInstallation(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	installation, err := d.Cluster.Find(ctx, installationKind, key)
	if err != nil || installation == nil || installation.GetDeletionTimestamp() != nil {
		return 0, err
	}
	listening, err := d.listen(ctx, key.Namespace)
	if err != nil {
		return 0, fmt.Errorf("virt-api: %w", err)
	}
	service := reconcile.New(serviceKind, key.Namespace, virtAPI)
	reconcile.Set(service, map[string]any{"type": "ExternalName", "externalName": "localhost"}, "spec")
	api := reconcile.New(apiServiceKind, "", "v1.subresources.kubevirt.io")
	reconcile.Set(api, map[string]any{
		"group": "subresources.kubevirt.io", "version": "v1", "groupPriorityMinimum": int64(1000), "versionPriority": int64(15),
		"caBundle": base64.StdEncoding.EncodeToString(listening.authority),
		"service":  map[string]any{"namespace": key.Namespace, "name": virtAPI, "port": int64(listening.port)},
	}, "spec")
	return 0, errors.Join(d.Cluster.Apply(ctx, service), d.Cluster.Apply(ctx, api))
}

// listen starts the server, once, until ctx is done.
func (d *Fake) listen(ctx context.Context, namespace string) (*server, error) {
	d.serving.Lock()
	defer d.serving.Unlock()
	if d.server != nil {
		return d.server, nil
	}
	port, err := d.Deps.Ports.Port(virtAPI)
	if err != nil {
		return nil, err
	}
	ca, err := pki.NewCA("kubevirt")
	if err != nil {
		return nil, err
	}
	leaf, err := ca.Issue(pki.Leaf{CommonName: virtAPI, Hosts: []string{virtAPI + "." + namespace + ".svc"}, Server: true})
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(leaf.CertPEM, leaf.KeyPEM)
	if err != nil {
		return nil, err
	}
	callers, err := d.proxies(ctx)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("localhost", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	api := &http.Server{
		Handler: d.subresources(), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers,
			MinVersion: tls.VersionTLS12,
		},
	}
	go func() { _ = api.ServeTLS(listener, "", "") }()
	go func() {
		<-ctx.Done()
		_ = api.Close()
	}()
	d.server = &server{port: port, authority: ca.CertPEM}
	return d.server, nil
}

// proxies are those that may call: API servers, which have decided whether the caller may.
func (d *Fake) proxies(ctx context.Context) (*x509.CertPool, error) {
	var published corev1.ConfigMap
	key := types.NamespacedName{Namespace: "kube-system", Name: "extension-apiserver-authentication"}
	if err := d.Cluster.Get(ctx, key, &published); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(published.Data["requestheader-client-ca-file"])) {
		return nil, reconcile.Waiting("the authority of the front proxy in ConfigMap %s", key)
	}
	return pool, nil
}
