package workloads

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"regexp"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// InClusterKubeconfig is the variable with the path of a kubeconfig for a pod's own ServiceAccount. Programs of the
// sandbox read it where they would use the access that is in every container: that path is fixed in client-go.
const InClusterKubeconfig = "FIRMAMENT_IN_CLUSTER_KUBECONFIG"

var controlPlaneKind = schema.GroupVersionKind{Group: "kamaji.clastix.io", Version: "v1alpha1", Kind: "TenantControlPlane"}

// serviceHost is the name of a Service inside its cluster.
var serviceHost = regexp.MustCompile(`^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc(?:\.cluster\.local)?$`)

// localise points a kubeconfig that names a tenant's API by its Service at where the sandbox's API server listens. The
// certificate is still verified against the name of the Service. Everything else stays as it is.
func (r *Runner) localise(ctx context.Context, data []byte) ([]byte, error) {
	if !bytes.Contains(data, []byte("clusters")) || !bytes.Contains(data, []byte(".svc")) {
		return data, nil
	}
	config, err := clientcmd.Load(data)
	if err != nil || len(config.Clusters) == 0 {
		return data, nil //nolint:nilerr // some other file
	}
	changed := false
	for _, cluster := range config.Clusters {
		server, err := url.Parse(cluster.Server)
		if err != nil {
			continue
		}
		name := serviceHost.FindStringSubmatch(server.Hostname())
		if name == nil {
			continue
		}
		endpoint, err := r.tenantAPI(ctx, types.NamespacedName{Namespace: name[2], Name: name[1]})
		if err != nil {
			return nil, err
		}
		if endpoint == "" {
			continue
		}
		cluster.Server = "https://" + endpoint
		if cluster.TLSServerName == "" {
			cluster.TLSServerName = server.Hostname()
		}
		changed = true
	}
	if !changed {
		return data, nil
	}
	return clientcmd.Write(*config)
}

// tenantAPI is where the API of a tenant listens; empty for a Service that is none's.
func (r *Runner) tenantAPI(ctx context.Context, key types.NamespacedName) (string, error) {
	plane, err := r.Cluster.Find(ctx, controlPlaneKind, key)
	if meta.IsNoMatchError(err) {
		return "", nil // there are no tenants yet
	}
	if err != nil || plane == nil {
		return "", err
	}
	endpoint := reconcile.String(plane, "status", "controlPlaneEndpoint")
	if endpoint == "" {
		return "", reconcile.Waiting("the API of tenant %s to be reachable", key)
	}
	return endpoint, nil
}

// inCluster is the kubeconfig of a pod's own ServiceAccount, whose token and authority are files.
func inCluster(access *rest.Config, token, authority, namespace string) ([]byte, error) {
	const name = "in-cluster"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: access.Host, CertificateAuthority: authority}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{TokenFile: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	config.CurrentContext = name
	data, err := clientcmd.Write(*config)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig of a ServiceAccount: %w", err)
	}
	return data, nil
}
