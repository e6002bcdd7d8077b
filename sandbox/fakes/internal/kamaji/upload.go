package kamaji

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	bootstrappers = "system:bootstrappers:kubeadm:default-node-token"
	nodes         = "system:nodes"
	rbacGroup     = "rbac.authorization.k8s.io"
)

// upload writes into the tenant's API what kubeadm init leaves there, so that kubeadm join finds what it needs.
func upload(ctx context.Context, tenant *reconcile.Cluster, p profile, endpoint string, m *material) error {
	// kube-public and kube-system are made by the API server a moment after it is ready.
	for _, name := range []string{"kube-public", "kube-system"} {
		switch err := tenant.Get(ctx, client.ObjectKey{Name: name}, &corev1.Namespace{}); {
		case apierrors.IsNotFound(err):
			return reconcile.Waiting("namespace %s", name)
		case err != nil:
			return err
		}
	}
	clusterInfo, err := anonymousKubeconfig("https://"+endpoint, m.ca.Cert)
	if err != nil {
		return err
	}
	clusterConfig, err := yaml.Marshal(clusterConfiguration(p, endpoint))
	if err != nil {
		return fmt.Errorf("kubeadm-config: %w", err)
	}
	kubeletConfig, err := kubeletConfiguration(p)
	if err != nil {
		return fmt.Errorf("kubelet-config: %w", err)
	}
	objects := []client.Object{
		configMap("kube-public", "cluster-info", "kubeconfig", string(clusterInfo)),
		configMap("kube-system", "kubeadm-config", "ClusterConfiguration", string(clusterConfig)),
		configMap("kube-system", "kubelet-config", "kubelet", string(kubeletConfig)),

		reader("kube-public", "kubeadm:bootstrap-signer-clusterinfo", "cluster-info"),
		roleBinding("kube-public", "kubeadm:bootstrap-signer-clusterinfo", rbacv1.Subject{Kind: rbacv1.UserKind, APIGroup: rbacGroup, Name: "system:anonymous"}),
		reader("kube-system", "kubeadm:nodes-kubeadm-config", "kubeadm-config"),
		roleBinding("kube-system", "kubeadm:nodes-kubeadm-config", group(bootstrappers), group(nodes)),
		reader("kube-system", "kubeadm:kubelet-config", "kubelet-config"),
		roleBinding("kube-system", "kubeadm:kubelet-config", group(bootstrappers), group(nodes)),

		&rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "kubeadm:get-nodes"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"get"}}},
		},
		clusterRoleBinding("kubeadm:get-nodes", "kubeadm:get-nodes", group(bootstrappers)),
		clusterRoleBinding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", group(bootstrappers)),
		clusterRoleBinding("kubeadm:node-autoapprove-bootstrap", "system:certificates.k8s.io:certificatesigningrequests:nodeclient", group(bootstrappers)),
		clusterRoleBinding("kubeadm:node-autoapprove-certificate-rotation", "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", group(nodes)),
		clusterRoleBinding("kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")),
	}
	if err := tenant.ApplyTyped(ctx, objects...); err != nil {
		return err
	}
	return applyAddons(ctx, tenant, p, endpoint)
}

// anonymousKubeconfig is what the bootstrap signer signs: endpoint and certificate authority, no user.
func anonymousKubeconfig(server string, ca []byte) ([]byte, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters[""] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca}
	return clientcmd.Write(*config)
}

func clusterConfiguration(p profile, endpoint string) map[string]any {
	return map[string]any{
		"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration",
		"clusterName": "kubernetes", "kubernetesVersion": p.version, "controlPlaneEndpoint": endpoint,
		"certificatesDir": "/etc/kubernetes/pki", "imageRepository": "registry.k8s.io",
		"networking": map[string]any{"dnsDomain": p.domain, "podSubnet": p.podCIDR, "serviceSubnet": p.serviceCIDR},
		"dns":        map[string]any{}, "etcd": map[string]any{"local": map[string]any{"dataDir": "/var/lib/etcd"}},
	}
}

func kubeletConfiguration(p profile) ([]byte, error) {
	configuration := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true},
			"x509": map[string]any{"clientCAFile": "/etc/kubernetes/pki/ca.crt"},
		},
		"authorization": map[string]any{"mode": "Webhook"},
		"cgroupDriver":  p.cgroupDriver, "clusterDNS": []any{p.dns}, "clusterDomain": p.domain,
		"rotateCertificates": true, "staticPodPath": "/etc/kubernetes/manifests",
	}
	return patched(configuration, p.kubeletPatches)
}

func configMap(namespace, name, key, text string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string]string{key: text}}
}

// reader is a Role that may read one ConfigMap.
func reader(namespace, name, configMap string) *rbacv1.Role {
	return &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{configMap}, Verbs: []string{"get"}}},
	}
}

func group(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacGroup, Name: name}
}

func roleBinding(namespace, name string, subjects ...rbacv1.Subject) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "Role", Name: name}, Subjects: subjects,
	}
}

func clusterRoleBinding(name, role string, subjects ...rbacv1.Subject) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: role}, Subjects: subjects,
	}
}

func serviceAccount(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: "kube-system", Name: name}
}
