package kubevirt

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Kubelet 1.34: allocatable is capacity less system-reserved, kube-reserved and the hard eviction threshold.
func TestKubeletLeavesToPodsWhatItDoesNotReserve(t *testing.T) {
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("4Gi"),
	}
	for reserved, want := range map[string][2]string{
		"":                      {"2", "3996Mi"},
		"cpu=100m,memory=256Mi": {"1900m", "3740Mi"},
	} {
		rest, err := left(capacity, reserved)
		if err != nil {
			t.Fatal(err)
		}
		if rest.Cpu().Cmp(resource.MustParse(want[0])) != 0 || rest.Memory().Cmp(resource.MustParse(want[1])) != 0 {
			t.Errorf("%q: %s, %s; want %v", reserved, rest.Cpu(), rest.Memory(), want)
		}
	}
	if _, err := left(capacity, "memory=much"); err == nil {
		t.Error("kubelet does not start with a reservation that is no quantity")
	}
	if capacity.Memory().String() != "4Gi" {
		t.Errorf("capacity changed: %s", capacity.Memory())
	}
}
