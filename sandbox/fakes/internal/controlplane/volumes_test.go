package controlplane

import (
	"log/slog"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
)

func TestADriverIsKnownByTheMachineOfItsNode(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}}
	if _, err := nodeID("csi.kubevirt.io", node); err == nil {
		t.Error("a node that no machine is known of")
	}
	node.Spec.ProviderID = "kubevirt://w"
	node.Annotations = map[string]string{"cluster.x-k8s.io/cluster-namespace": "tenant-acme"}
	if id, err := nodeID("csi.kubevirt.io", node); err != nil || id != "tenant-acme/w" {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := nodeID("example.com", node); err != nil || id != "n" {
		t.Errorf("another driver: %q, %v", id, err)
	}
}

// played is a cluster in which the kubelets have done what they can.
func played(t *testing.T, objects ...runtime.Object) *fake.Clientset {
	t.Helper()
	client := fake.NewClientset(objects...)
	factory := informers.NewSharedInformerFactory(client, 0)
	k := &kubelet{
		client: client, pods: factory.Core().V1().Pods().Lister(), claims: factory.Core().V1().PersistentVolumeClaims().Lister(),
		log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	factory.Start(t.Context().Done())
	factory.WaitForCacheSync(t.Context().Done())
	k.sync(t.Context())
	return client
}

func pod(phase corev1.PodPhase) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db"},
		Spec: corev1.PodSpec{NodeName: "n", Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"},
		}}}},
		Status: corev1.PodStatus{Phase: phase},
	}
}

func bound() (*corev1.PersistentVolumeClaim, *corev1.PersistentVolume) {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "data"},
		Spec:       corev1.PersistentVolumeClaimSpec{VolumeName: "pv"},
		Status:     corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound},
	}
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv"}}
	volume.Spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: "csi.kubevirt.io"}
	volume.Spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("3Gi")}
	return claim, volume
}

func TestAPodWaitsForItsVolumes(t *testing.T) {
	claim, volume := bound()
	name := "pv"
	driver := &storagev1.CSIDriver{ObjectMeta: metav1.ObjectMeta{Name: "csi.kubevirt.io"}}
	attachment := &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "a"},
		Spec:       storagev1.VolumeAttachmentSpec{NodeName: "n", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &name}},
	}
	attached := attachment.DeepCopy()
	attached.Status.Attached = true
	elsewhere := attached.DeepCopy()
	elsewhere.Spec.NodeName = "m"
	pending := claim.DeepCopy()
	pending.Status.Phase = corev1.ClaimPending
	for what, test := range map[string]struct {
		objects []runtime.Object
		runs    bool
	}{
		"attached":               {[]runtime.Object{claim, volume, driver, attached}, true},
		"not attached yet":       {[]runtime.Object{claim, volume, driver, attachment}, false},
		"attached to another":    {[]runtime.Object{claim, volume, driver, elsewhere}, false},
		"a claim without volume": {[]runtime.Object{pending, driver}, false},
		"a driver of nobody's":   {[]runtime.Object{claim, volume}, true},
	} {
		client := played(t, append(test.objects, pod(corev1.PodPending))...)
		live, err := client.CoreV1().Pods("shop").Get(t.Context(), "db", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if runs := live.Annotations[VolumesAnnotation] == VolumesMounted; runs != test.runs {
			t.Errorf("%s: %v", what, runs)
		}
	}
}

func TestAFileSystemGrowsWhereItIsUsed(t *testing.T) {
	claim, volume := bound()
	claim.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	claim.Status.Conditions = []corev1.PersistentVolumeClaimCondition{{
		Type: corev1.PersistentVolumeClaimFileSystemResizePending, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(time.Now()),
	}}
	client := played(t, claim, volume, pod(corev1.PodRunning))
	live, err := client.CoreV1().PersistentVolumeClaims("shop").Get(t.Context(), "data", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if size := live.Status.Capacity.Storage().String(); size != "3Gi" || len(live.Status.Conditions) > 0 {
		t.Errorf("%s, %v", size, live.Status.Conditions)
	}
}
