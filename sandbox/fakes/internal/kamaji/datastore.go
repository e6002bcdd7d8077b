package kamaji

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const datastoreFinalizer = "kamaji.clastix.io/TenantControlPlane"

// reconcileDataStore keeps the list of users of a DataStore, and its etcd as long as there is one.
func (d *Fake) reconcileDataStore(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	store, err := d.Cluster.Find(ctx, datastoreKind, key)
	if err != nil || store == nil {
		return 0, err
	}
	users := []any{}
	if d.Cluster.Serves(tenantKind) {
		tcps, err := d.Cluster.All(ctx, tenantKind)
		if err != nil {
			return 0, err
		}
		for i := range tcps {
			if dataStoreName(&tcps[i]) == key.Name {
				users = append(users, reconcile.Key(&tcps[i]).String())
			}
		}
	}
	slices.SortFunc(users, func(a, b any) int { return bytes.Compare([]byte(a.(string)), []byte(b.(string))) })
	if store.GetDeletionTimestamp() != nil {
		if len(users) > 0 {
			return 0, reconcile.Waiting("DataStore %s is used by %v", key.Name, users)
		}
		if err := d.dropDatastore(key.Name); err != nil {
			return 0, err
		}
		return 0, d.Cluster.Unfinalize(ctx, store, datastoreFinalizer)
	}
	return 0, d.Cluster.Change(ctx, store, func(o *unstructured.Unstructured) error {
		controllerutil.AddFinalizer(o, datastoreFinalizer)
		reconcile.Set(o, users, "status", "usedBy")
		reconcile.Set(o, true, "status", "ready")
		reconcile.Set(o, o.GetGeneration(), "status", "observedGeneration")
		reconcile.SetCondition(o, reconcile.Condition{Type: "Ready", Status: "True", Reason: "DataStoreReady", Generation: o.GetGeneration()})
		return nil
	})
}

func (d *Fake) datastoreDir(name string) string { return filepath.Join(d.Dir, "datastores", name) }

func datastoreProcess(name string) string { return "datastore-" + name + "-etcd" }

// datastore is the etcd of a DataStore; it is started when the first tenant needs it.
func (d *Fake) datastore(ctx context.Context, name string) (*controlplane.Etcd, error) {
	store, err := d.Cluster.Find(ctx, datastoreKind, types.NamespacedName{Name: name})
	if err != nil {
		return nil, err
	}
	if store == nil {
		return nil, reconcile.Waiting("DataStore %s does not exist", name)
	}
	if driver := reconcile.String(store, "spec", "driver"); driver != "etcd" {
		return nil, fmt.Errorf("DataStore %s: driver %s — the sandbox has etcd only", name, driver)
	}
	// One lock for all: starting takes a second or two, and two starts of one etcd must not meet.
	d.mu.Lock()
	defer d.mu.Unlock()
	if etcd := d.datastores[name]; etcd != nil {
		return etcd, nil
	}
	dir := d.datastoreDir(name)
	ca, err := datastoreCA(dir)
	if err != nil {
		return nil, fmt.Errorf("DataStore %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	etcd, err := controlplane.StartEtcd(ctx, d.Deps, controlplane.EtcdConfig{Name: datastoreProcess(name), Dir: dir, CA: ca})
	if err != nil {
		return nil, err
	}
	if d.datastores == nil {
		d.datastores = map[string]*controlplane.Etcd{}
	}
	d.datastores[name] = etcd
	return etcd, nil
}

func (d *Fake) dropDatastore(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if etcd := d.datastores[name]; etcd != nil {
		if err := etcd.Delete(); err != nil {
			return err
		}
		delete(d.datastores, name)
	}
	return os.RemoveAll(d.datastoreDir(name))
}

func datastoreCA(dir string) (controlplane.CertKey, error) {
	certFile, keyFile := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	cert, certErr := os.ReadFile(certFile)
	key, keyErr := os.ReadFile(keyFile)
	if certErr == nil && keyErr == nil {
		return controlplane.CertKey{Cert: cert, Key: key}, nil
	}
	ca, err := pki.NewCA("etcd-ca")
	if err != nil {
		return controlplane.CertKey{}, err
	}
	// The key last: a half-written pair is made again.
	if err := errors.Join(atomicfile.Write(certFile, ca.CertPEM, 0o600), atomicfile.Write(keyFile, ca.KeyPEM, 0o600)); err != nil {
		return controlplane.CertKey{}, err
	}
	return controlplane.CertKey{Cert: ca.CertPEM, Key: ca.KeyPEM}, nil
}

// deletePrefix removes a tenant's data through etcd's JSON gateway, which saves the sandbox an etcd client.
func deletePrefix(ctx context.Context, client controlplane.EtcdClient, prefix string) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(client.CA)
	pair, err := tls.X509KeyPair(client.Cert, client.Key)
	if err != nil {
		return fmt.Errorf("etcd client certificate: %w", err)
	}
	// All keys of a tenant start with its prefix and a slash; the range ends before the slash's successor.
	body, err := json.Marshal(map[string]string{
		"key":       base64.StdEncoding.EncodeToString([]byte(prefix + "/")),
		"range_end": base64.StdEncoding.EncodeToString([]byte(prefix + "0")),
	})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, client.Servers[0]+"/v3/kv/deleterange", bytes.NewReader(body))
	if err != nil {
		return err
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		DisableKeepAlives: true,
	}
	response, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(request)
	if err != nil {
		return fmt.Errorf("etcd: delete %s: %w", prefix, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1024))
		return fmt.Errorf("etcd: delete %s: %s: %s", prefix, response.Status, text)
	}
	return nil
}
