package talos

import (
	"testing"
	"time"

	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

// web is an application with one pod per worker.
func web() *appsv1.Deployment {
	labels, replicas := map[string]string{"app": "web"}, int32(2)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
						MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.ScheduleAnyway, LabelSelector: &metav1.LabelSelector{MatchLabels: labels},
					}},
					Containers: []corev1.Container{{Name: "web", Image: "web"}},
				},
			},
		},
	}
}

// placed counts the pods of web that run, by node.
func placed(t *testing.T, client kubernetes.Interface) map[string]int {
	t.Helper()
	pods, err := client.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		return nil
	}
	out := map[string]int{}
	for _, pod := range pods.Items {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			out[pod.Spec.NodeName]++
		}
	}
	return out
}

func TestLegacyUpgradeDrainsTheNode(t *testing.T) {
	b := newCloud(t, "cp-1", "worker-1", "worker-2")
	for _, name := range b.opts.Machines {
		kind := machinetype.TypeWorker
		if name == "cp-1" {
			kind = machinetype.TypeControlPlane
		}
		b.awaitStage(name, StageMaintenance)
		b.apply(b.insecure(name), b.config(name, kind, noCNI), auto)
	}
	client := b.bootstrapped()
	b.awaitFor(2*time.Minute, "the cluster takes a network", func() bool {
		_, err := client.AppsV1().DaemonSets("kube-system").Create(t.Context(), cilium(), metav1.CreateOptions{})
		return err == nil
	})
	b.awaitFor(time.Minute, "three ready nodes", func() bool {
		nodes, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
		return err == nil && ready(nodes.Items) == 3
	})
	b.awaitFor(time.Minute, "the cluster takes workloads", func() bool {
		_, err := client.AppsV1().Deployments("default").Create(t.Context(), web(), metav1.CreateOptions{})
		return err == nil
	})
	b.awaitFor(time.Minute, "a pod on each worker", func() bool {
		on := placed(t, client)
		return on["worker-1"] == 1 && on["worker-2"] == 1
	})
	b.awaitStage("worker-1", StageRunning)

	const image = "ghcr.io/siderolabs/installer:v1.13.3"
	if _, err := b.admin("worker-1").Upgrade(b.ctx(), image, false, false); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(time.Minute, "the node is cordoned by its machine and empty", func() bool {
		node, err := client.CoreV1().Nodes().Get(t.Context(), "worker-1", metav1.GetOptions{})
		return err == nil && node.Spec.Unschedulable && node.Annotations[constants.AnnotationCordonedKey] != "" && placed(t, client)["worker-1"] == 0
	})
	b.awaitFor(time.Minute, "worker-1 is new, and takes pods again", func() bool {
		node, err := client.CoreV1().Nodes().Get(t.Context(), "worker-1", metav1.GetOptions{})
		return err == nil && !node.Spec.Unschedulable && b.tag("worker-1") == "v1.13.3"
	})

	// Pods that may not go keep the machine from being upgraded: it gives up, and restarts as it was.
	two := intstr.FromInt32(2)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &two, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
	}
	if _, err := client.PolicyV1().PodDisruptionBudgets("default").Create(t.Context(), budget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(time.Minute, "the budget is counted, and worker-2 has a pod", func() bool {
		found, err := client.PolicyV1().PodDisruptionBudgets("default").Get(t.Context(), "web", metav1.GetOptions{})
		return err == nil && found.Status.CurrentHealthy == 2 && placed(t, client)["worker-2"] > 0
	})
	b.fleet.opts.DrainTimeout = 2 * time.Second
	boot := bootID(t, b, b.admin("worker-2"))
	if _, err := b.admin("worker-2").Upgrade(b.ctx(), image, false, false); err != nil {
		t.Fatal(err)
	}
	b.awaitFor(time.Minute, "worker-2 is back", func() bool {
		now := bootID(t, b, b.admin("worker-2"))
		return now != "" && now != boot && b.machine("worker-2").Stage() == StageRunning
	})
	if tag := b.tag("worker-2"); tag != "v1.13.0" || placed(t, client)["worker-2"] == 0 {
		t.Fatalf("worker-2 runs %s, pods %v", tag, placed(t, client))
	}
	b.awaitFor(time.Minute, "worker-2 takes pods again", func() bool {
		node, err := client.CoreV1().Nodes().Get(t.Context(), "worker-2", metav1.GetOptions{})
		return err == nil && !node.Spec.Unschedulable
	})
}
