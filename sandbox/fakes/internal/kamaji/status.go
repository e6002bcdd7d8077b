package kamaji

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// reportService fills what the CRD demands of any status, and the Service.
func reportService(tcp *unstructured.Unstructured, service *corev1.Service, p profile) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&service.Status)
	if err != nil {
		fields = map[string]any{}
	}
	fields["name"], fields["namespace"], fields["port"] = service.Name, service.Namespace, p.port
	reconcile.Set(tcp, fields, "status", "kubernetesResources", "service")
}

// report is the status of a control plane that serves.
func report(tcp *unstructured.Unstructured, service *corev1.Service, p profile, t *tenant, _ *controlplane.Etcd) {
	reportService(tcp, service, p)
	name := tcp.GetName()
	reconcile.Set(tcp, t.endpoint, "status", "controlPlaneEndpoint")
	reconcile.Set(tcp, p.version, "status", "kubernetesResources", "version", "version")
	reconcile.Set(tcp, statusReady, "status", "kubernetesResources", "version", "status")
	reportScale(tcp, p.replicas)
	for entry, suffix := range map[string]string{
		"ca": "ca", "frontProxyCA": "front-proxy-ca-certificate", "sa": "sa-certificate",
	} {
		keepTime(tcp, map[string]any{"secretName": name + "-" + suffix}, "lastUpdate", "status", "certificates", entry)
	}
	keepTime(tcp, map[string]any{"secretName": name + "-admin-kubeconfig"}, "lastUpdate", "status", "kubeconfig", "admin")
	keepTime(tcp, map[string]any{"configmapName": "kubeadm-config"}, "lastUpdate", "status", "kubeadmconfig")
	keepTime(tcp, map[string]any{}, "lastUpdate", "status", "kubeadmPhase", "bootstrapToken")
	reconcile.Set(tcp, map[string]any{
		"driver": "etcd", "dataStoreName": dataStoreName(tcp),
		"config": map[string]any{"secretName": name + "-datastore-config"},
		"setup":  map[string]any{"schema": prefixOf(tcp)[1:], "user": prefixOf(tcp)[1:]},
	}, "status", "storage")
	for addon, on := range map[string]bool{"coreDNS": p.coreDNS != nil, "kubeProxy": p.kubeProxy != nil, "konnectivity": p.konnectivity != nil} {
		keepTime(tcp, map[string]any{"enabled": on}, "lastUpdate", "status", "addons", addon)
	}
}

// reportScale is the status of a Deployment that has come to a number of replicas.
func reportScale(tcp *unstructured.Unstructured, replicas int64) {
	deployment := map[string]any{
		"name": tcp.GetName(), "namespace": tcp.GetNamespace(), "selector": "kamaji.clastix.io/name=" + tcp.GetName(),
		"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas,
	}
	keepTime(tcp, deployment, "lastUpdate", "status", "kubernetesResources", "deployment")
}

// keepTime writes fields with the time of the first writing, so that a status that says the same stays the same.
func keepTime(tcp *unstructured.Unstructured, fields map[string]any, name string, path ...string) {
	if before := reconcile.String(tcp, append(path, name)...); before != "" {
		fields[name] = before
	} else {
		fields[name] = reconcile.Now()
	}
	reconcile.Set(tcp, fields, path...)
}
