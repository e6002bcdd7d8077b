package kamaji

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	tenantFinalizer = "finalizer.kamaji.clastix.io"

	// statusX are values of status.kubernetesResources.version.status.
	statusProvisioning = "Provisioning"
	statusReady        = "Ready"
	statusUpgrading    = "Upgrading"
	// Kamaji says Sleeping, which the CRDs of the sandbox are too old for; to the provider both are the same.
	statusSleeping = "NotReady"

	// startPatience is how long a tenant's control plane may take to serve on a busy machine.
	startPatience = 3 * time.Minute
)

// tenant is a control plane that runs.
type tenant struct {
	cp       *controlplane.ControlPlane
	kwok     *controlplane.Kwok
	cluster  *reconcile.Cluster
	endpoint string
	// fingerprint of the settings it was started with.
	fingerprint string
	cancel      context.CancelFunc
}

// reconcileTenant brings up the control plane of a TenantControlPlane, or takes it down.
func (d *Fake) reconcileTenant(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	tcp, err := d.Cluster.Find(ctx, tenantKind, key)
	if err != nil || tcp == nil {
		return 0, err
	}
	if tcp.GetDeletionTimestamp() != nil {
		if err := d.remove(ctx, tcp); err != nil {
			return 0, err
		}
		return 0, d.Cluster.Unfinalize(ctx, tcp, tenantFinalizer)
	}
	if _, paused := tcp.GetAnnotations()["kamaji.clastix.io/paused"]; paused {
		return 0, nil
	}
	if !controllerutil.ContainsFinalizer(tcp, tenantFinalizer) {
		return 0, d.Cluster.Finalize(ctx, tcp, tenantFinalizer)
	}
	profile, err := readProfile(tcp)
	if err != nil {
		return 0, err
	}
	service, err := d.applyService(ctx, tcp, profile)
	if err != nil {
		return 0, err
	}
	if tenantStatus(tcp) == "" {
		if err := d.Cluster.Change(ctx, tcp, func(o *unstructured.Unstructured) error {
			reportService(o, service, profile)
			reconcile.Set(o, statusProvisioning, "status", "kubernetesResources", "version", "status")
			return nil
		}); err != nil {
			return 0, err
		}
	}
	address, err := serviceAddress(service, profile)
	if err != nil {
		return 0, err
	}
	material, err := d.applyCertificates(ctx, tcp)
	if err != nil {
		return 0, err
	}
	datastore, err := d.datastore(ctx, dataStoreName(tcp))
	if err != nil {
		return 0, err
	}
	if profile.replicas == 0 {
		return 0, d.sleep(ctx, tcp, service, profile)
	}
	t, err := d.ensure(ctx, tcp, profile, address, material, datastore)
	if err != nil {
		return 0, err
	}
	renewed, err := d.applyAdminKubeconfig(ctx, tcp, t, material)
	if err != nil {
		return 0, err
	}
	if err := upload(ctx, t.cluster, profile, t.endpoint, material); err != nil {
		return 0, fmt.Errorf("tenant %s: %w", key, err)
	}
	return 0, d.Cluster.Change(ctx, tcp, func(o *unstructured.Unstructured) error {
		report(o, service, profile, t, datastore)
		if renewed {
			// the provider looks again, and copies it
			reconcile.Set(o, reconcile.Now(), "status", "kubeconfig", "admin", "lastUpdate")
		}
		return nil
	})
}

// sleep ends the processes of a control plane of which no replica is wanted; all its data stays.
func (d *Fake) sleep(ctx context.Context, tcp *unstructured.Unstructured, service *corev1.Service, p profile) error {
	if err := d.halt(reconcile.Key(tcp)); err != nil {
		return err
	}
	return d.Cluster.Change(ctx, tcp, func(o *unstructured.Unstructured) error {
		reportService(o, service, p)
		reportScale(o, 0)
		reconcile.Set(o, p.version, "status", "kubernetesResources", "version", "version")
		reconcile.Set(o, statusSleeping, "status", "kubernetesResources", "version", "status")
		return nil
	})
}

// processName is unique for a tenant, since names of namespaces have no dots.
func processName(tcp *unstructured.Unstructured) string {
	return "tenant-" + tcp.GetNamespace() + "." + tcp.GetName()
}

func (d *Fake) tenantDir(tcp *unstructured.Unstructured) string {
	return filepath.Join(d.Dir, "tenants", tcp.GetNamespace(), tcp.GetName())
}

// prefixOf is where a tenant's data is in the etcd of its DataStore, as Kamaji names it.
func prefixOf(tcp *unstructured.Unstructured) string {
	schema := reconcile.String(tcp, "spec", "dataStoreSchema")
	if schema == "" {
		schema = tcp.GetNamespace() + "_" + tcp.GetName()
	}
	return "/" + schema
}

// ensure starts the control plane unless it runs with the same settings. A controller works on an object once at a
// time, so that two starts of one tenant cannot meet.
func (d *Fake) ensure(ctx context.Context, tcp *unstructured.Unstructured, p profile, address string, m *material, etcd *controlplane.Etcd) (*tenant, error) {
	key := reconcile.Key(tcp)
	name := processName(tcp)
	host := "127.0.0.1"
	if ip := net.ParseIP(address); ip != nil && ip.IsLoopback() {
		host = address
	}
	port, err := d.Deps.Ports.PortOn(host, name)
	if err != nil {
		return nil, err
	}
	endpoint := net.JoinHostPort(host, strconv.Itoa(port))
	client := etcd.Client
	client.Prefix = prefixOf(tcp)
	config := controlplane.Config{
		Name: name, Dir: d.tenantDir(tcp), Host: host, Port: port, Endpoint: "https://" + endpoint,
		CA: m.ca, AggregatorCA: m.frontProxy, ServiceAccountKey: m.serviceAccount, Etcd: client,
		PodCIDRs: []string{p.podCIDR}, ServiceCIDRs: []string{p.serviceCIDR}, DNSDomain: p.domain,
		CertSANs:  append([]string{address, key.Name, key.Name + "." + key.Namespace, key.Name + "." + key.Namespace + ".svc", key.Name + "." + key.Namespace + ".svc.cluster.local"}, p.certSANs...),
		Scheduler: true, APIServerArgs: p.apiServerArgs,
	}
	fingerprint := fmt.Sprintf("%q %q %q %q %q %q", endpoint, config.PodCIDRs, config.ServiceCIDRs, config.CertSANs, config.APIServerArgs, string(m.ca.Cert))

	d.mu.Lock()
	running := d.tenants[key]
	d.mu.Unlock()
	if running != nil && running.fingerprint == fingerprint {
		return running, nil
	}
	if running != nil {
		if err := d.halt(key); err != nil {
			return nil, err
		}
	}
	start, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	cp, err := controlplane.Start(start, d.Deps, config)
	if err != nil {
		return nil, err
	}
	kwok, err := controlplane.StartKwok(start, d.Deps, cp.KubeconfigFile(), name, "")
	if err != nil {
		_ = cp.Stop()
		return nil, err
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	cluster, err := reconcile.Connect(life, cp.RESTConfig(), d.Cluster.Log.With("tenant", key.String()))
	if err != nil {
		end()
		_, _ = kwok.Stop(), cp.Stop()
		return nil, err
	}
	t := &tenant{cp: cp, kwok: kwok, cluster: cluster, endpoint: endpoint, fingerprint: fingerprint, cancel: end}
	d.mu.Lock()
	if d.tenants == nil {
		d.tenants = map[types.NamespacedName]*tenant{}
	}
	d.tenants[key] = t
	d.mu.Unlock()
	return t, nil
}

// halt ends the processes of a tenant; the data stays.
func (d *Fake) halt(key types.NamespacedName) error {
	d.mu.Lock()
	t := d.tenants[key]
	delete(d.tenants, key)
	d.mu.Unlock()
	if t == nil {
		return nil
	}
	t.cancel()
	if err := t.kwok.Stop(); err != nil {
		return err
	}
	return t.cp.Stop()
}

// remove ends a tenant and removes its data, files and ports. It works also for a tenant that was not started in this
// run of the daemon.
func (d *Fake) remove(ctx context.Context, tcp *unstructured.Unstructured) error {
	key := reconcile.Key(tcp)
	d.mu.Lock()
	t := d.tenants[key]
	d.mu.Unlock()
	name := processName(tcp)
	if t != nil {
		t.cancel()
		if err := t.kwok.Delete(); err != nil {
			return err
		}
		if err := t.cp.Delete(); err != nil {
			return err
		}
		d.mu.Lock()
		delete(d.tenants, key)
		d.mu.Unlock()
	}
	store, err := d.Cluster.Find(ctx, datastoreKind, types.NamespacedName{Name: dataStoreName(tcp)})
	if err != nil {
		return err
	}
	// Kamaji blocks here while the DataStore is missing; so does the fake, unless there never was data.
	if _, err := os.Stat(d.datastoreDir(dataStoreName(tcp))); err == nil {
		if store == nil {
			return reconcile.Waiting("DataStore %s of TenantControlPlane %s is missing", dataStoreName(tcp), key)
		}
		etcd, err := d.datastore(ctx, store.GetName())
		if err != nil {
			return err
		}
		if err := deletePrefix(ctx, etcd.Client, prefixOf(tcp)); err != nil {
			return err
		}
	}
	for _, use := range []string{"", "-kwok", "-kube-controller-manager", "-kube-scheduler"} {
		if err := d.Deps.Ports.Release(name + use); err != nil {
			return err
		}
	}
	return os.RemoveAll(d.tenantDir(tcp))
}

// serviceAddress is where Kamaji would say the control plane is reached.
func serviceAddress(service *corev1.Service, p profile) (string, error) {
	if p.address != "" {
		return p.address, nil
	}
	switch service.Spec.Type {
	case corev1.ServiceTypeLoadBalancer:
		for _, ingress := range service.Status.LoadBalancer.Ingress {
			if ingress.IP != "" {
				return ingress.IP, nil
			}
		}
		return "", reconcile.Waiting("Service %s/%s to get a load balancer address", service.Namespace, service.Name)
	case corev1.ServiceTypeNodePort:
		return "", fmt.Errorf("Service %s/%s of type NodePort — networkProfile.address has to be given", service.Namespace, service.Name)
	default:
		return service.Spec.ClusterIP, nil
	}
}
