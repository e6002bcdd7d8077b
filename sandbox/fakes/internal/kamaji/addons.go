package kamaji

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// applyAddons makes the addons a tenant asks for, in their simplest form: the names others rely on, and pods that run.
func applyAddons(ctx context.Context, tenant *reconcile.Cluster, p profile, endpoint string) error {
	var objects []client.Object
	if p.coreDNS != nil {
		objects = append(objects, coreDNS(p)...)
	}
	if p.kubeProxy != nil {
		objects = append(objects, kubeProxy(p, endpoint)...)
	}
	if p.konnectivity != nil {
		objects = append(objects, konnectivityAgent(p)...)
	}
	return tenant.ApplyTyped(ctx, objects...)
}

func system(name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "kube-system", Name: name, Labels: labels}
}

func coreDNS(p profile) []client.Object {
	labels := map[string]string{"k8s-app": "kube-dns"}
	replicas := int32(2)
	corefile := ".:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    ready\n    kubernetes " + p.domain +
		" in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n" +
		"    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n"
	return []client.Object{
		&corev1.ServiceAccount{ObjectMeta: system("coredns", nil)},
		configMap("kube-system", "coredns", "Corefile", corefile),
		&appsv1.Deployment{ObjectMeta: system("coredns", labels), Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				ServiceAccountName: "coredns",
				Tolerations: []corev1.Toleration{
					{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists},
					{Key: "node-role.kubernetes.io/control-plane", Effect: corev1.TaintEffectNoSchedule},
				},
				Containers: []corev1.Container{{
					Name: "coredns", Image: p.coreDNS.of("registry.k8s.io/coredns", "coredns", "v1.12.1"), Args: []string{"-conf", "/etc/coredns/Corefile"},
				}},
			}},
		}},
		&corev1.Service{
			ObjectMeta: system("kube-dns", map[string]string{"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}),
			Spec: corev1.ServiceSpec{ClusterIP: p.dns, Selector: labels, Ports: []corev1.ServicePort{
				{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP, TargetPort: intstr.FromInt32(53)},
				{Name: "dns-tcp", Port: 53, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(53)},
				{Name: "metrics", Port: 9153, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(9153)},
			}},
		},
	}
}

func kubeProxy(p profile, endpoint string) []client.Object {
	labels := map[string]string{"k8s-app": "kube-proxy"}
	return []client.Object{
		&corev1.ServiceAccount{ObjectMeta: system("kube-proxy", nil)},
		configMap("kube-system", "kube-proxy", "kubeconfig.conf", "server: https://"+endpoint+"\n"),
		clusterRoleBinding("kubeadm:node-proxier", "system:node-proxier", serviceAccount("kube-proxy")),
		daemonSet("kube-proxy", labels, p.kubeProxy.of("registry.k8s.io", "kube-proxy", p.version), []corev1.Toleration{{Operator: corev1.TolerationOpExists}}),
	}
}

func konnectivityAgent(p profile) []client.Object {
	labels := map[string]string{"k8s-app": "konnectivity-agent"}
	return []client.Object{
		&corev1.ServiceAccount{ObjectMeta: system("konnectivity-agent", nil)},
		daemonSet("konnectivity-agent", labels, or(p.konnectivity.repository, "registry.k8s.io/kas-network-proxy/proxy-agent")+":"+or(p.konnectivity.tag, "v0.34.0"),
			[]corev1.Toleration{{Key: "CriticalAddonsOnly", Operator: corev1.TolerationOpExists}}),
	}
}

func daemonSet(name string, labels map[string]string, image string, tolerations []corev1.Toleration) *appsv1.DaemonSet {
	return &appsv1.DaemonSet{ObjectMeta: system(name, labels), Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			ServiceAccountName: name, HostNetwork: name == "kube-proxy", Tolerations: tolerations,
			Containers: []corev1.Container{{Name: name, Image: image}},
		}},
	}}
}

// of is an image with what is overridden: the repository without the image's name, as kubeadm has it, and the tag.
func (i *image) of(repository, name, tag string) string {
	return or(i.repository, repository) + "/" + name + ":" + or(i.tag, tag)
}
