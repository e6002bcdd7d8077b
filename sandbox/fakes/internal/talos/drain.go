package talos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/constants"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// drain cordons the machine's node and evicts its pods, as Talos itself does before a legacy Upgrade and a graceful
// Reset. A node that never registered needs none.
func (m *Machine) drain(ctx context.Context) error {
	s := m.snapshot()
	if s.config == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.fleet.opts.DrainTimeout)
	defer cancel()
	name := m.hostname(s)
	client, ok := m.fleet.kubernetes(s.config)
	for !ok {
		if m.fleet.opts.ControlPlane.Supervisor == nil {
			return nil // a fleet without API servers
		}
		if !sleep(ctx, time.Second) {
			return fmt.Errorf("failed to cordon node %s: the API server does not answer: %w", name, ctx.Err())
		}
		client, ok = m.fleet.kubernetes(s.config)
	}
	if err := cordon(ctx, client, name); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("failed to cordon node %s: %w", name, err)
	}
	for {
		left, err := evict(ctx, client, name)
		if err == nil && left == 0 {
			return nil
		}
		if !sleep(ctx, min(time.Second, m.fleet.opts.DrainTimeout/5)) {
			return errors.Join(fmt.Errorf("drain of node %s: %d pods are left: %w", name, left, ctx.Err()), err)
		}
	}
}

// cordon marks what it did, so that the machine undoes it when it is back, and nothing that others did.
func cordon(ctx context.Context, client kubernetes.Interface, name string) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil || node.Spec.Unschedulable {
		return err
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{constants.AnnotationCordonedKey: constants.AnnotationCordonedValue}},
		"spec":     map[string]any{"unschedulable": true},
	})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	return err
}

// uncordon undoes a cordon of the machine itself.
func uncordon(node *corev1.Node) {
	if _, mine := node.Annotations[constants.AnnotationCordonedKey]; mine {
		node.Spec.Unschedulable = false
		delete(node.Annotations, constants.AnnotationCordonedKey)
	}
}

// evict asks all pods of a node to leave but those of DaemonSets, those that ended and static ones; how many are left?
func evict(ctx context.Context, client kubernetes.Interface, node string) (int, error) {
	pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		return -1, err
	}
	left := 0
	var errs []error
	for i := range pods.Items {
		pod := &pods.Items[i]
		if _, static := pod.Annotations[corev1.MirrorPodAnnotationKey]; static || ofDaemonSet(pod) ||
			pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		left++
		if pod.DeletionTimestamp != nil {
			continue
		}
		err := client.PolicyV1().Evictions(pod.Namespace).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}})
		if err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("pod %s/%s: %w", pod.Namespace, pod.Name, err))
		}
	}
	return left, errors.Join(errs...)
}

func ofDaemonSet(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	return owner != nil && owner.Kind == "DaemonSet"
}
