package controlplane

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
)

// networkPodSelector finds the pods that bring a node's network, as the Cilium agent's do.
const networkPodSelector = "k8s-app=cilium"

// followNetworkPods annotates a node as soon as a network pod runs on it. The annotation stays when the pod goes: an
// agent that is replaced leaves its CNI configuration on the node.
func followNetworkPods(ctx context.Context, client kubernetes.Interface, log *slog.Logger) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.LabelSelector = networkPodSelector
	}))
	pods := factory.Core().V1().Pods()
	wake, poke, err := wakeOn(pods.Informer())
	if err != nil {
		log.Error("network pods cannot be followed", "error", err)
		return
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()

	annotated := map[string]types.UID{}
	// The slow tick picks up nodes that were deleted and registered again.
	ticker := time.NewTicker(5 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-ticker.C:
		}
		list, err := pods.Lister().List(labels.Everything())
		if err != nil {
			continue
		}
		for _, pod := range list {
			if pod.Spec.NodeName == "" || pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
				continue
			}
			if err := annotate(ctx, client, pod, annotated); err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
				log.Warn("node cannot be annotated", "node", pod.Spec.NodeName, "error", err)
				time.AfterFunc(time.Second, poke)
			}
		}
	}
}

// annotate marks the node of a pod, once per pod.
func annotate(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod, annotated map[string]types.UID) error {
	node := pod.Spec.NodeName
	if annotated[node] == pod.UID {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{CNIAnnotation: "ready"}}})
	if err != nil {
		return err
	}
	if _, err := client.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	annotated[node] = pod.UID
	return nil
}
