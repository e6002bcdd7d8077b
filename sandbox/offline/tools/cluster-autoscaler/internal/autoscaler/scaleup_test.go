package autoscaler

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestAPoolGrowsFromNoneForPodsThatAskForItsLabel(t *testing.T) {
	s := newStage(t, options(t), pool("burst", 0, 3, 0)...)
	s.pod(podOf("a", "600m", unschedulable))
	s.pod(podOf("b", "600m", unschedulable))
	s.after(0)
	if got := s.size("burst"); got != 2 {
		t.Errorf("%d machines, want 2: each has room for one of the pods", got)
	}
	if event := <-s.events.Events; !strings.Contains(event, "TriggeredScaleUp pod triggered scale-up: [{MachineDeployment/tenant-acme/burst 0->2 (max: 3)}]") {
		t.Errorf("event %q", event)
	}
	s.after(10 * time.Second)
	if got := s.size("burst"); got != 2 {
		t.Errorf("%d machines after another scan, want 2: those that are about to be there count", got)
	}
}

func TestAPoolNeverGrowsBeyondItsLargestNumber(t *testing.T) {
	s := newStage(t, options(t), pool("burst", 0, 2, 0)...)
	for _, name := range []string{"a", "b", "c", "d"} {
		s.pod(podOf(name, "900m", unschedulable))
	}
	s.after(0)
	s.after(time.Minute)
	if got := s.size("burst"); got != 2 {
		t.Errorf("%d machines, want 2", got)
	}
	found := false
	for len(s.events.Events) > 0 {
		event := <-s.events.Events
		found = found || strings.Contains(event, "NotTriggerScaleUp pod didn't trigger scale-up: 1 max node group size reached")
	}
	if !found {
		t.Error("no event says why the others wait")
	}
}

func TestPodsThatAMachineWouldNotHelpMakeNone(t *testing.T) {
	taint := []string{capacityPrefix + "taints", "gpu=present:NoSchedule"}
	for name, c := range map[string]struct {
		annotations []string
		pod         *corev1.Pod
	}{
		"another label":           {nil, podOf("a", "100m", unschedulable, func(p *corev1.Pod) { p.Spec.NodeSelector["purpose"] = "web" })},
		"more than a machine":     {nil, podOf("a", "1100m", unschedulable)},
		"a taint":                 {taint, podOf("a", "100m", unschedulable)},
		"not looked at yet":       {nil, podOf("a", "100m")},
		"near other pods":         {nil, podOf("a", "100m", unschedulable, func(p *corev1.Pod) { p.Spec.Affinity = near() })},
		"a resource of its own":   {nil, podOf("a", "100m", unschedulable, func(p *corev1.Pod) { p.Spec.Containers[0].Resources.Requests["nvidia.com/gpu"] = one })},
		"nothing says what it is": {[]string{capacityPrefix + "cpu", ""}, podOf("a", "100m", unschedulable)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, options(t), pool("burst", 0, 3, 0, c.annotations...)...)
			s.pod(c.pod)
			s.after(0)
			if got := s.size("burst"); got != 0 {
				t.Errorf("%d machines, want none", got)
			}
		})
	}
}

func TestATolerationAndAGPUAreServed(t *testing.T) {
	s := newStage(t, options(t), pool("burst", 0, 3, 0,
		capacityPrefix+"taints", "gpu=present:NoSchedule", capacityPrefix+"gpu-type", "nvidia.com/gpu", capacityPrefix+"gpu-count", "1")...)
	s.pod(podOf("a", "100m", unschedulable, func(p *corev1.Pod) {
		p.Spec.Tolerations = []corev1.Toleration{{Key: "gpu", Operator: corev1.TolerationOpExists}}
		p.Spec.Containers[0].Resources.Requests["nvidia.com/gpu"] = one
	}))
	s.after(0)
	if got := s.size("burst"); got != 1 {
		t.Errorf("%d machines, want 1", got)
	}
}

func TestANodeWithAStartupTaintIsAboutToTakeThePodItWasMadeFor(t *testing.T) {
	const uninitialized = "node.cluster.x-k8s.io/uninitialized"
	for flag, want := range map[string]int64{"--startup-taint=" + uninitialized: 1, "--startup-taint=other": 2} {
		s := newStage(t, options(t, flag), append(pool("burst", 0, 3, 1), machineOf("burst", "m", "m"))...)
		node := nodeOf("m")
		node.Spec.Taints = []corev1.Taint{{Key: uninitialized, Effect: corev1.TaintEffectNoSchedule}}
		s.node(node)
		s.pod(podOf("a", "600m", unschedulable))
		s.after(0)
		if got := s.size("burst"); got != want {
			t.Errorf("%s: %d machines, want %d", flag, got, want)
		}
	}
}

func TestALargerSmallestNumberIsMadeWithoutPods(t *testing.T) {
	s := newStage(t, options(t, "--enforce-node-group-min-size"), pool("burst", 2, 5, 0)...)
	s.after(0)
	if got := s.size("burst"); got != 2 {
		t.Errorf("%d machines, want 2", got)
	}
}

func TestPoolsThatAreAlikeGrowEvenly(t *testing.T) {
	for flag, want := range map[string][2]int64{"--balance-similar-node-groups=true": {1, 1}, "--balance-similar-node-groups=false": {2, 0}} {
		s := newStage(t, options(t, flag), append(pool("a", 0, 3, 0), pool("b", 0, 3, 0)...)...)
		s.pod(podOf("a", "900m", unschedulable))
		s.pod(podOf("b", "900m", unschedulable))
		s.after(0)
		got := [2]int64{s.size("a"), s.size("b")}
		if got != want && got != [2]int64{want[1], want[0]} {
			t.Errorf("%s: %v, want %v", flag, got, want)
		}
	}
}

func TestAMachineThatNeverBecomesANodeGoesAndItsPoolRests(t *testing.T) {
	objects := append(pool("burst", 0, 3, 1), runtime.Object(machineOf("burst", "m1", "")))
	s := newStage(t, options(t, "--max-node-provision-time=20m"), objects...)
	s.pod(podOf("a", "100m", unschedulable))
	s.after(19 * time.Minute)
	if got := s.size("burst"); got != 1 {
		t.Errorf("%d machines after 19 minutes, want 1", got)
	}
	s.after(2 * time.Minute)
	if got := s.size("burst"); got != 0 {
		t.Errorf("%d machines after 21 minutes, want none: the pool rests", got)
	}
}

func TestOtherClustersAreLeftAlone(t *testing.T) {
	objects := pool("burst", 2, 3, 0)
	s := newStage(t, options(t, "--enforce-node-group-min-size"), objects...)
	s.scaler.options.Discovery[0].ClusterName = "globex"
	s.after(0)
	if got := s.size("burst"); got != 0 {
		t.Errorf("%d machines, want none", got)
	}
}
