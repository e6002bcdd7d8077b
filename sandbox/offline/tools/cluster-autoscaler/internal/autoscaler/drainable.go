package autoscaler

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

const (
	safeToEvict       = "cluster-autoscaler.kubernetes.io/safe-to-evict"
	safeLocalVolumes  = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
	scaleDownDisabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
	mirrorPod         = "kubernetes.io/config.mirror"
)

func isDaemonSetPod(pod *corev1.Pod) bool {
	controller := metav1.GetControllerOf(pod)
	return controller != nil && controller.Kind == "DaemonSet"
}

func isMirrorPod(pod *corev1.Pod) bool {
	_, found := pod.Annotations[mirrorPod]
	return found
}

// stays reports whether a pod goes with its node and counts for nothing.
func stays(pod *corev1.Pod) bool { return isDaemonSetPod(pod) || isMirrorPod(pod) }

var replicated = map[string]bool{"ReplicationController": true, "Job": true, "ReplicaSet": true, "StatefulSet": true}

// blocks says why a pod keeps its node; empty: it may be evicted.
func (s *scaler) blocks(pod *corev1.Pod, budgets []policyv1.PodDisruptionBudget, now time.Time) string {
	if stays(pod) || pod.Annotations[safeToEvict] == "true" {
		return ""
	}
	controller := metav1.GetControllerOf(pod)
	matching := budgetsOf(pod, budgets)
	switch {
	case controller == nil, s.options.SkipCustomControllers && !replicated[controller.Kind]:
		return "is not replicated"
	case s.options.SkipSystemPods && pod.Namespace == metav1.NamespaceSystem && len(matching) == 0 && now.Sub(pod.CreationTimestamp.Time) <= s.options.SystemPodTimeout:
		return "is of kube-system, without a PodDisruptionBudget"
	case pod.Annotations[safeToEvict] == "false":
		return "is annotated as not safe to evict"
	case s.options.SkipLocalStorage && localStorage(pod):
		return "has local storage"
	}
	for _, budget := range matching {
		if budget.Status.DisruptionsAllowed < 1 {
			return "is held by PodDisruptionBudget " + budget.Name
		}
	}
	return ""
}

func budgetsOf(pod *corev1.Pod, budgets []policyv1.PodDisruptionBudget) []policyv1.PodDisruptionBudget {
	var out []policyv1.PodDisruptionBudget
	for _, budget := range budgets {
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err == nil && budget.Namespace == pod.Namespace && selector.Matches(labels.Set(pod.Labels)) {
			out = append(out, budget)
		}
	}
	return out
}

// localStorage is an emptyDir or a folder of the node; volumes that the pod's annotation names do not count.
func localStorage(pod *corev1.Pod) bool {
	safe := map[string]bool{}
	for _, name := range splitList(pod.Annotations[safeLocalVolumes]) {
		safe[name] = true
	}
	for _, volume := range pod.Spec.Volumes {
		local := volume.HostPath != nil || volume.EmptyDir != nil && volume.EmptyDir.Medium != corev1.StorageMediumMemory
		if local && !safe[volume.Name] {
			return true
		}
	}
	return false
}
