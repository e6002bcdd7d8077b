package talos

import (
	"context"
	"maps"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// staticPods are what Talos runs as static pods on a control plane. In the sandbox they are processes, and these pods
// are only their mirror images, which health checks count.
var staticPods = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}

// staticImages are the images that static pods run, and when they follow the configuration.
type staticImages struct {
	running map[string]string
	due     time.Time
}

// runningImages follows a changed configuration a while later: a kubelet asks for its static pods now and then, and
// pulls what it does not have.
func (m *Machine) runningImages(s snapshot) map[string]string {
	want := map[string]string{
		"kube-apiserver":          s.config.Cluster().APIServer().Image(),
		"kube-controller-manager": s.config.Cluster().ControllerManager().Image(),
		"kube-scheduler":          s.config.Cluster().Scheduler().Image(),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	static := &m.static
	switch now := time.Now(); {
	case static.running == nil || maps.Equal(static.running, want):
		static.running, static.due = want, time.Time{}
	case static.due.IsZero():
		static.due = now.Add(m.restartDelay())
	case now.After(static.due):
		static.running, static.due = want, time.Time{}
	}
	return static.running
}

// forgetStaticPods lets a machine that restarts begin with what its configuration says.
func (m *Machine) forgetStaticPods() {
	m.mu.Lock()
	m.static = staticImages{}
	m.mu.Unlock()
	for _, app := range staticPods {
		m.remove(k8s.NewStaticPodStatus(k8s.NamespaceName, metav1.NamespaceSystem+"/"+app+"-"+m.Hostname()).Metadata())
	}
}

// mirrorStaticPods shows the static pods of a control plane in the API server and as resources of the machine.
func (m *Machine) mirrorStaticPods(ctx context.Context, client kubernetes.Interface, s snapshot) error {
	hostname := m.hostname(s)
	images := m.runningImages(s)
	pods := client.CoreV1().Pods(metav1.NamespaceSystem)
	for _, app := range staticPods {
		pod, err := pods.Get(ctx, app+"-"+hostname, metav1.GetOptions{ResourceVersion: "0"})
		// a mirror pod is made anew for each version of its manifest
		stale := err == nil && pod.Spec.Containers[0].Image != images[app]
		if stale {
			err = pods.Delete(ctx, pod.Name, *metav1.NewDeleteOptions(0))
		}
		if (stale && err == nil) || apierrors.IsNotFound(err) {
			pod, err = pods.Create(ctx, mirrorPod(app, hostname, images[app]), metav1.CreateOptions{})
		}
		if err != nil {
			return err
		}
		st := k8s.NewStaticPodStatus(k8s.NamespaceName, pod.Namespace+"/"+pod.Name)
		var conditions []any
		for _, c := range pod.Status.Conditions {
			conditions = append(conditions, map[string]any{"type": string(c.Type), "status": string(c.Status)})
		}
		containers := []any{map[string]any{"name": app, "image": images[app]}}
		st.TypedSpec().PodStatus = map[string]any{
			"phase": string(pod.Status.Phase), "conditions": conditions, "containerStatuses": containers,
		}
		put(m, st)
	}
	return nil
}

func mirrorPod(app, node, image string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: app + "-" + node, Namespace: metav1.NamespaceSystem,
			Labels: map[string]string{"k8s-app": app, "tier": "control-plane", "component": app},
			// A kubelet marks them so; admission then asks for no service account, and drains leave them alone.
			Annotations: map[string]string{
				corev1.MirrorPodAnnotationKey: machineID(app + node)[:32], "kubernetes.io/config.source": "file",
			},
		},
		Spec: corev1.PodSpec{
			NodeName: node, HostNetwork: true, PriorityClassName: "system-cluster-critical",
			Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
			Containers:  []corev1.Container{{Name: app, Image: image}},
		},
	}
}
