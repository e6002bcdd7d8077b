package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
)

const (
	// VolumesAnnotation with the value VolumesMounted lets a pod with claims run: its volumes are attached to its node.
	VolumesAnnotation = "sandbox.firmament.example/volumes"
	VolumesMounted    = "mounted"

	volumesPoll = time.Second
)

// kubelet is what kubelets do for volumes: they register drivers whose node plugin runs, let a pod wait until its volumes
// are attached, and make file systems as large as their volumes.
//
// Different from a kubelet: what was mounted stays so when a driver is gone.
type kubelet struct {
	client kubernetes.Interface
	pods   corelisters.PodLister
	claims corelisters.PersistentVolumeClaimLister
	log    *slog.Logger
}

// followVolumes plays the kubelets of a cluster until ctx is done.
func followVolumes(ctx context.Context, client kubernetes.Interface, log *slog.Logger) {
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, claims := factory.Core().V1().Pods(), factory.Core().V1().PersistentVolumeClaims()
	wake, poke, err := wakeOn(pods.Informer(), claims.Informer())
	if err != nil {
		log.Error("volumes cannot be followed", "error", err)
		return
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	k := &kubelet{client: client, pods: pods.Lister(), claims: claims.Lister(), log: log}
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		if k.sync(ctx) && ctx.Err() == nil {
			time.AfterFunc(volumesPoll, poke)
		}
	}
}

// sync does what can be done, and reports whether something is left to be waited for.
func (k *kubelet) sync(ctx context.Context) (waits bool) {
	pods, err := k.pods.List(labels.Everything())
	if err != nil {
		return true
	}
	for _, pod := range pods {
		if pod.Spec.NodeName == "" || pod.DeletionTimestamp != nil {
			continue
		}
		done := true
		switch pod.Status.Phase {
		case corev1.PodRunning:
			if driver := nodePlugin(pod); driver != "" {
				done, err = k.register(ctx, pod.Spec.NodeName, driver)
			}
			if err == nil {
				err = k.resize(ctx, pod)
			}
		case corev1.PodPending:
			done, err = k.mount(ctx, pod)
		}
		if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
			k.log.Debug("volumes of a pod", "pod", pod.Namespace+"/"+pod.Name, "error", err)
		}
		waits = waits || !done || err != nil
		err = nil
	}
	return waits
}

// registration is the flag of node-driver-registrar that says where the driver's socket is on the node.
var registration = regexp.MustCompile(`^--kubelet-registration-path=/var/lib/kubelet/plugins/([^/]+)/`)

// nodePlugin is the driver whose node plugin a pod is; empty for all others.
func nodePlugin(pod *corev1.Pod) string {
	for _, container := range pod.Spec.Containers {
		for _, arg := range container.Args {
			if found := registration.FindStringSubmatch(arg); found != nil {
				return found[1]
			}
		}
	}
	return ""
}

// register adds a driver to the CSINode of a node, under the name that the driver has for the node.
func (k *kubelet) register(ctx context.Context, name, driver string) (bool, error) {
	nodes := k.client.StorageV1().CSINodes()
	live, err := nodes.Get(ctx, name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, err
	}
	missing := err != nil
	if !missing && slices.ContainsFunc(live.Spec.Drivers, func(d storagev1.CSINodeDriver) bool { return d.Name == driver }) {
		return true, nil
	}
	node, err := k.client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	id, err := nodeID(driver, node)
	if err != nil {
		return false, err
	}
	added := storagev1.CSINodeDriver{Name: driver, NodeID: id}
	if missing {
		_, err = nodes.Create(ctx, &storagev1.CSINode{
			ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "v1", Kind: "Node", Name: name, UID: node.UID},
			}},
			Spec: storagev1.CSINodeSpec{Drivers: []storagev1.CSINodeDriver{added}},
		}, metav1.CreateOptions{})
		return err == nil, err
	}
	live.Spec.Drivers = append(live.Spec.Drivers, added)
	_, err = nodes.Update(ctx, live, metav1.UpdateOptions{})
	return err == nil, err
}

// nodeID is what a driver calls a node. KubeVirt's calls it by its virtual machine, and does not start where it cannot
// find out which that is.
func nodeID(driver string, node *corev1.Node) (string, error) {
	if driver != "csi.kubevirt.io" {
		return node.Name, nil
	}
	machine, known := strings.CutPrefix(node.Spec.ProviderID, "kubevirt://")
	namespace := node.Annotations["cluster.x-k8s.io/cluster-namespace"]
	if !known {
		machine, namespace = node.Annotations["csi.kubevirt.io/infra-vm-name"], node.Annotations["csi.kubevirt.io/infra-vm-namespace"]
	}
	if machine == "" || namespace == "" {
		return "", fmt.Errorf("node %s: vmName or vmNamespace not found", node.Name)
	}
	return namespace + "/" + machine, nil
}

// claimNames are the claims that a pod uses.
func claimNames(pod *corev1.Pod) []string {
	var names []string
	for _, volume := range pod.Spec.Volumes {
		switch {
		case volume.PersistentVolumeClaim != nil:
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		case volume.Ephemeral != nil:
			names = append(names, pod.Name+"-"+volume.Name)
		}
	}
	return names
}

// mount lets a pod run whose volumes are all attached.
func (k *kubelet) mount(ctx context.Context, pod *corev1.Pod) (bool, error) {
	names := claimNames(pod)
	if len(names) == 0 || pod.Annotations[VolumesAnnotation] == VolumesMounted {
		return true, nil
	}
	for _, name := range names {
		claim, err := k.claims.PersistentVolumeClaims(pod.Namespace).Get(name)
		if err != nil || claim.Status.Phase != corev1.ClaimBound {
			return false, err
		}
		ready, err := k.attached(ctx, claim.Spec.VolumeName, pod.Spec.NodeName)
		if err != nil || !ready {
			return false, err
		}
	}
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, VolumesAnnotation, VolumesMounted)
	_, err := k.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err == nil, err
}

// attached reports whether a node can use a volume: drivers that attach have to have done so.
func (k *kubelet) attached(ctx context.Context, name, node string) (bool, error) {
	volume, err := k.client.CoreV1().PersistentVolumes().Get(ctx, name, metav1.GetOptions{})
	if err != nil || volume.Spec.CSI == nil {
		return err == nil, err
	}
	driver, err := k.client.StorageV1().CSIDrivers().Get(ctx, volume.Spec.CSI.Driver, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return true, nil // one of the platform, which the sandbox does not have
	}
	if err != nil || (driver.Spec.AttachRequired != nil && !*driver.Spec.AttachRequired) {
		return err == nil, err
	}
	list, err := k.client.StorageV1().VolumeAttachments().List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list.Items, func(each storagev1.VolumeAttachment) bool {
		source := each.Spec.Source.PersistentVolumeName
		return source != nil && *source == name && each.Spec.NodeName == node && each.Status.Attached && each.DeletionTimestamp == nil
	}), nil
}

// resize makes the file systems of a pod that runs as large as their volumes have become.
func (k *kubelet) resize(ctx context.Context, pod *corev1.Pod) error {
	for _, name := range claimNames(pod) {
		claim, err := k.claims.PersistentVolumeClaims(pod.Namespace).Get(name)
		if err != nil {
			return err
		}
		pending := slices.ContainsFunc(claim.Status.Conditions, func(c corev1.PersistentVolumeClaimCondition) bool {
			return c.Type == corev1.PersistentVolumeClaimFileSystemResizePending && c.Status == corev1.ConditionTrue
		})
		if !pending && claim.Status.AllocatedResourceStatuses[corev1.ResourceStorage] != corev1.PersistentVolumeClaimNodeResizePending {
			continue
		}
		volume, err := k.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		patch, err := json.Marshal(map[string]any{"status": map[string]any{
			"capacity":                  map[string]string{"storage": volume.Spec.Capacity.Storage().String()},
			"allocatedResourceStatuses": nil, "conditions": nil,
		}})
		if err != nil {
			return err
		}
		if _, err := k.client.CoreV1().PersistentVolumeClaims(claim.Namespace).Patch(
			ctx, claim.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
	}
	return nil
}
