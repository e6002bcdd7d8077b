package autoscaler

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var one = resource.MustParse("1")

func near() *corev1.Affinity {
	return &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{TopologyKey: corev1.LabelHostname}}}}
}

// running is a pool with a node for each machine.
func running(t *testing.T, low, high int, names ...string) *stage {
	t.Helper()
	objects := pool("burst", low, high, len(names))
	for _, name := range names {
		objects = append(objects, runtime.Object(machineOf("burst", name, name)))
	}
	s := newStage(t, options(t, "--scale-down-unneeded-time=60s"), objects...)
	for _, name := range names {
		s.node(nodeOf(name))
	}
	return s
}

func (s *stage) marked(machine string) bool {
	o, err := s.machines.Resource(schema.GroupVersionResource{Group: capi, Version: "v1beta2", Resource: "machines"}).Namespace(namespace).Get(context.Background(), machine, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return o.GetAnnotations()[deleteMachineAnnotation] != ""
}

func TestAnEmptyNodeGoesWhenNothingHasNeededItForLongEnough(t *testing.T) {
	s := running(t, 0, 3, "m1")
	s.after(0)
	s.after(59 * time.Second)
	if got := s.size("burst"); got != 1 {
		t.Errorf("%d machines too early, want 1", got)
	}
	s.after(2 * time.Second)
	if got := s.size("burst"); got != 0 || !s.marked("m1") {
		t.Errorf("%d machines, m1 marked: %t; want none, and the mark before the number", got, s.marked("m1"))
	}
	node, err := s.workload.CoreV1().Nodes().Get(context.Background(), "m1", metav1.GetOptions{})
	if err != nil || !hasTaint(node, toBeDeletedTaint) || !node.Spec.Unschedulable {
		t.Errorf("node %v, %v: want it tainted and cordoned", node.Spec, err)
	}
}

func TestAPoolNeverShrinksBelowItsSmallestNumber(t *testing.T) {
	s := running(t, 1, 3, "m1", "m2")
	s.after(0)
	s.after(2 * time.Minute)
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 1 {
		t.Errorf("%d machines, want 1", got)
	}
}

// 1.34, clusterapi_unstructured.go, SetSize: also a smaller number is refused while it is above the largest.
func TestAPoolAboveItsLargestNumberStays(t *testing.T) {
	s := running(t, 0, 1, "m1", "m2", "m3")
	s.after(0)
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 3 {
		t.Errorf("%d machines, want 3 as with the real one", got)
	}
	for _, name := range []string{"m1", "m2", "m3"} {
		if s.marked(name) {
			t.Errorf("machine %s is marked and stays", name)
		}
	}
}

func TestPodsThatFitElsewhereAreEvicted(t *testing.T) {
	s := running(t, 0, 3, "m1", "m2")
	s.pod(podOf("a", "100m", on("m1")))
	s.pod(podOf("b", "600m", on("m2")))
	s.after(0)
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 1 || !s.marked("m1") || s.marked("m2") {
		t.Errorf("%d machines, want 1: that with the small pod goes", got)
	}
	if _, err := s.workload.CoreV1().Pods("default").Get(context.Background(), "a", metav1.GetOptions{}); err == nil {
		t.Error("its pod was not evicted")
	}
}

func TestWhatKeepsANode(t *testing.T) {
	yes := true
	for name, change := range map[string]func(*corev1.Pod){
		"nobody makes it again": func(p *corev1.Pod) { p.OwnerReferences = nil },
		"not safe to evict":     func(p *corev1.Pod) { p.Annotations = map[string]string{safeToEvict: "false"} },
		"local storage": func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		},
		"a budget":                func(p *corev1.Pod) { p.Labels = map[string]string{"app": "held"} },
		"a controller of its own": func(p *corev1.Pod) { p.OwnerReferences = []metav1.OwnerReference{{Kind: "Game", Controller: &yes}} },
		"a system pod":            func(p *corev1.Pod) { p.Namespace, p.CreationTimestamp = "kube-system", metav1.Now() },
		"no room elsewhere": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("450m")
		},
		"enough to do": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("500m")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := running(t, 0, 3, "m1", "m2")
			budget := &policyv1.PodDisruptionBudget{
				ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "held"},
				Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "held"}}},
			}
			if _, err := s.workload.PolicyV1().PodDisruptionBudgets("default").Create(context.Background(), budget, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			s.pod(podOf("a", "100m", on("m1"), change))
			s.pod(podOf("b", "600m", on("m2")))
			s.after(0)
			s.after(2 * time.Minute)
			if s.marked("m1") {
				t.Error("the node goes")
			}
		})
	}
}

func TestPodsOfDaemonSetsKeepNoNode(t *testing.T) {
	yes := true
	s := running(t, 0, 3, "m1")
	s.pod(podOf("d", "400m", on("m1"), func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{Kind: "DaemonSet", Name: "d", Controller: &yes}}
	}))
	s.after(0)
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 0 {
		t.Errorf("%d machines, want none", got)
	}
}

func TestNothingGoesSoonAfterSomethingCame(t *testing.T) {
	s := running(t, 0, 3, "m1")
	s.scaler.options.DelayAfterAdd = 10 * time.Minute
	s.scaler.lastUp = s.now
	s.after(0)
	s.after(9 * time.Minute)
	if got := s.size("burst"); got != 1 {
		t.Errorf("%d machines, want 1", got)
	}
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 0 {
		t.Errorf("%d machines, want none", got)
	}
}

func TestANodeThatAnEarlierProcessWasAboutToTakeIsUsedAgain(t *testing.T) {
	s := running(t, 0, 3, "m1")
	if err := s.scaler.clients.doom(context.Background(), "m1", true, true); err != nil {
		t.Fatal(err)
	}
	if err := s.scaler.tidy(context.Background()); err != nil {
		t.Fatal(err)
	}
	node, _ := s.workload.CoreV1().Nodes().Get(context.Background(), "m1", metav1.GetOptions{})
	if hasTaint(node, toBeDeletedTaint) || node.Spec.Unschedulable {
		t.Errorf("%v: want neither taint nor cordon", node.Spec)
	}
}

func TestTheStatusIsWhereTheRealOneWritesIt(t *testing.T) {
	s := running(t, 0, 3, "m1")
	s.after(0)
	found, err := s.workload.CoreV1().ConfigMaps("kube-system").Get(context.Background(), "cluster-autoscaler-status", metav1.GetOptions{})
	if err != nil || found.Data["status"] == "" {
		t.Fatalf("%v, %v", found, err)
	}
}
