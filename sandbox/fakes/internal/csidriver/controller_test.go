package csidriver

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"sigs.k8s.io/yaml"
)

const gib = 1 << 30

func args(change ...string) []string {
	return append([]string{
		"--endpoint=unix:///csi/csi.sock", "--infra-cluster-namespace=tenant-acme", "--infra-cluster-labels=cluster.x-k8s.io/cluster-name=acme",
		"--run-node-service=false", "--v=2",
	}, change...)
}

func env(enforcement string) func(string) string {
	return func(name string) string { return map[string]string{enforcementVariable: enforcement}[name] }
}

func TestTheFlagsAreThoseOfTheRealDriver(t *testing.T) {
	config, err := parseConfig(args(), env("allowAll: false\nallowList: [replicated]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if socket, err := config.socket(); err != nil || socket != "/csi/csi.sock" || config.prefix != "pvc" {
		t.Errorf("socket %q, %v, prefix %q", socket, err, config.prefix)
	}
	for class, want := range map[string]bool{"replicated": true, "local": false, "": false} {
		if got := config.enforcement.allows(class); got != want {
			t.Errorf("class %q: %v", class, got)
		}
	}
	for what, wrong := range map[string][]string{
		"a node service":       args("--run-node-service=true"),
		"labels without value": args("--infra-cluster-labels=acme"),
		"no namespace":         args("--infra-cluster-namespace="),
		"an unknown flag":      args("--infra-cluster=x"),
	} {
		if _, err := parseConfig(wrong, env("")); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// cloud is a management cluster with what a driver works on.
type cloud struct {
	*controller
	calls []string
}

func newCloud(t *testing.T, enforcement string, objects ...string) *cloud {
	t.Helper()
	config, err := parseConfig(args(), env(enforcement))
	if err != nil {
		t.Fatal(err)
	}
	var parsed []runtime.Object
	for _, text := range objects {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, object)
	}
	kinds := map[schema.GroupVersionResource]string{
		dataVolumes: "DataVolumeList", machines: "VirtualMachineList", instances: "VirtualMachineInstanceList",
		claims: "PersistentVolumeClaimList", volumes: "PersistentVolumeList", snapshots: "VolumeSnapshotList",
		classes: "VolumeSnapshotClassList",
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, parsed...)
	c := &cloud{}
	// virt-api does what it is asked for at once
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.calls = append(c.calls, r.Method+" "+r.URL.Path)
		var options addVolume
		if err := json.NewDecoder(r.Body).Decode(&options); err != nil {
			t.Error(err)
		}
		plugged := r.URL.Path[len(r.URL.Path)-len("addvolume"):] == "addvolume"
		plug(t, client, options.Name, plugged)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(api.Close)
	infra := &infra{Interface: client, config: config, host: api.URL, http: api.Client()}
	c.controller = &controller{config: config, infra: infra, tenant: client}
	return c
}

func plug(t *testing.T, client dynamic.Interface, name string, plugged bool) {
	t.Helper()
	edit := func(kind schema.GroupVersionResource, entry map[string]any, path ...string) {
		in := client.Resource(kind).Namespace("tenant-acme")
		object, err := in.Get(context.Background(), "w", metav1.GetOptions{})
		if err != nil {
			t.Error(err)
			return
		}
		list, _, _ := unstructured.NestedSlice(object.Object, path...)
		list = slices.DeleteFunc(list, func(each any) bool { return each.(map[string]any)["name"] == name })
		if plugged {
			list = append(list, entry)
		}
		if err := unstructured.SetNestedSlice(object.Object, list, path...); err != nil {
			t.Error(err)
		}
		if _, err := in.Update(context.Background(), object, metav1.UpdateOptions{}); err != nil {
			t.Error(err)
		}
	}
	volume := map[string]any{"name": name, "dataVolume": map[string]any{"name": name, "hotpluggable": true}}
	said := map[string]any{"name": name, "phase": "Ready", "hotplugVolume": map[string]any{}}
	edit(machines, volume, "spec", "template", "spec", "volumes")
	edit(instances, said, "status", "volumeStatus")
}

const (
	machine  = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: w, namespace: tenant-acme}, spec: {template: {spec: {volumes: []}}}}"
	instance = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: w, namespace: tenant-acme}}"
	other    = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: x, namespace: tenant-acme}, status: {volumeStatus: [{name: pvc-1}]}}"
	disk     = "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: pvc-1, namespace: tenant-acme, labels: {cluster.x-k8s.io/cluster-name: acme}}}"
	foreign  = "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: pvc-2, namespace: tenant-acme, labels: {cluster.x-k8s.io/cluster-name: globex}}}"
	claim    = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: pvc-1, namespace: tenant-acme, labels: {cluster.x-k8s.io/cluster-name: acme}}, spec: {volumeName: pv, resources: {requests: {storage: 1Gi}}}}"
	volume   = "{apiVersion: v1, kind: PersistentVolume, metadata: {name: pv}, spec: {capacity: {storage: 4Gi}}}"
)

func single() *csi.VolumeCapability {
	return &csi.VolumeCapability{
		AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
		AccessMode: &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER},
	}
}

func create(name, class string, capability *csi.VolumeCapability) *csi.CreateVolumeRequest {
	return &csi.CreateVolumeRequest{
		Name: name, VolumeCapabilities: []*csi.VolumeCapability{capability},
		CapacityRange: &csi.CapacityRange{RequiredBytes: gib}, Parameters: map[string]string{classParameter: class},
	}
}

func TestAVolumeIsADataVolumeOfItsCluster(t *testing.T) {
	c := newCloud(t, "allowList: [replicated]")
	for range 2 { // asked again, it is the same one
		answer, err := c.CreateVolume(t.Context(), create("pvc-1", "replicated", single()))
		if err != nil {
			t.Fatal(err)
		}
		if answer.Volume.VolumeId != "pvc-1" || answer.Volume.CapacityBytes != gib || answer.Volume.VolumeContext["bus"] != "scsi" {
			t.Errorf("%v", answer.Volume)
		}
	}
	made, err := c.infra.volume(t.Context(), dataVolumes, "pvc-1")
	if err != nil {
		t.Fatal(err)
	}
	if class, _, _ := unstructured.NestedString(made.Object, "spec", "storage", "storageClassName"); class != "replicated" {
		t.Errorf("class %q", class)
	}
	larger := create("pvc-1", "replicated", single())
	larger.CapacityRange.RequiredBytes = 2 * gib
	if _, err := c.CreateVolume(t.Context(), larger); status.Code(err) != codes.AlreadyExists {
		t.Errorf("another size: %v", err)
	}
	if _, err := c.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "pvc-1"}); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "pvc-1"}); err != nil {
		t.Errorf("deleted again: %v", err)
	}
}

func TestAVolumeThatTheTenantMayNotHaveIsRefused(t *testing.T) {
	c := newCloud(t, "allowList: [replicated]", foreign)
	shared := single()
	shared.AccessMode.Mode = csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER
	for what, request := range map[string]*csi.CreateVolumeRequest{
		"another class":                  create("pvc-1", "local", single()),
		"the default class":              create("pvc-1", "", single()),
		"a file system on several nodes": create("pvc-1", "replicated", shared),
		"another prefix":                 create("disk-1", "replicated", single()),
		"another cluster's":              create("pvc-2", "replicated", single()),
	} {
		if _, err := c.CreateVolume(t.Context(), request); err == nil {
			t.Errorf("%s is made", what)
		}
	}
	if _, err := c.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "pvc-2"}); err == nil {
		t.Error("another cluster's volume is deleted")
	}
}

func TestAVolumeIsAttachedByVirtAPI(t *testing.T) {
	c := newCloud(t, "", machine, instance, disk)
	request := &csi.ControllerPublishVolumeRequest{VolumeId: "pvc-1", NodeId: "tenant-acme/w", VolumeCapability: single()}
	for range 2 {
		if _, err := c.ControllerPublishVolume(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	leave := &csi.ControllerUnpublishVolumeRequest{VolumeId: "pvc-1", NodeId: "tenant-acme/w"}
	for range 2 {
		if _, err := c.ControllerUnpublishVolume(t.Context(), leave); err != nil {
			t.Fatal(err)
		}
	}
	const path = "PUT /apis/subresources.kubevirt.io/v1/namespaces/tenant-acme/virtualmachines/w/"
	if !slices.Equal(c.calls, []string{path + "addvolume", path + "removevolume"}) {
		t.Errorf("%v", c.calls)
	}
	leave.NodeId = "tenant-acme/gone"
	if _, err := c.ControllerUnpublishVolume(t.Context(), leave); err != nil {
		t.Errorf("of a machine that is gone: %v", err)
	}
}

func TestAVolumeIsAttachedToOneMachine(t *testing.T) {
	c := newCloud(t, "", machine, instance, disk, other)
	request := &csi.ControllerPublishVolumeRequest{VolumeId: "pvc-1", NodeId: "tenant-acme/w", VolumeCapability: single()}
	if _, err := c.ControllerPublishVolume(t.Context(), request); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("attached elsewhere: %v", err)
	}
	request = &csi.ControllerPublishVolumeRequest{VolumeId: "pvc-9", NodeId: "tenant-acme/w", VolumeCapability: single()}
	if _, err := c.ControllerPublishVolume(t.Context(), request); status.Code(err) != codes.NotFound {
		t.Errorf("no such volume: %v", err)
	}
}

func TestAVolumeGrowsWithItsClaim(t *testing.T) {
	c := newCloud(t, "", disk, claim, volume)
	answer, err := c.ControllerExpandVolume(t.Context(), &csi.ControllerExpandVolumeRequest{
		VolumeId: "pvc-1", CapacityRange: &csi.CapacityRange{RequiredBytes: 3 * gib}, VolumeCapability: single(),
	})
	if err != nil {
		t.Fatal(err)
	}
	grown, err := c.infra.volume(t.Context(), claims, "pvc-1")
	if err != nil {
		t.Fatal(err)
	}
	if size := quantityOf(grown, "spec", "resources", "requests", "storage").Value(); size != 3*gib || !answer.NodeExpansionRequired {
		t.Errorf("%d, node %v", size, answer.NodeExpansionRequired)
	}
	if _, err := c.ControllerExpandVolume(t.Context(), &csi.ControllerExpandVolumeRequest{
		VolumeId: "pvc-9", CapacityRange: &csi.CapacityRange{RequiredBytes: gib},
	}); status.Code(err) != codes.NotFound {
		t.Errorf("no such volume: %v", err)
	}
}

func TestASnapshotNeedsAClassOfItsStorage(t *testing.T) {
	const enforcement = "allowList: [replicated]\nstorageSnapshotMapping: [{storageClasses: [replicated], volumeSnapshotClasses: [linstor]}]"
	of := func(class string) string {
		return "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: pvc-1, namespace: tenant-acme, labels: {cluster.x-k8s.io/cluster-name: acme}}, spec: {storageClassName: " + class + "}}"
	}
	request := &csi.CreateSnapshotRequest{Name: "snapshot-1", SourceVolumeId: "pvc-1", Parameters: map[string]string{snapshotClassParameter: "linstor"}}
	if _, err := newCloud(t, enforcement, disk, of("local")).CreateSnapshot(t.Context(), request); err == nil {
		t.Error("a class of other storage is taken")
	}
	const taken = "{apiVersion: snapshot.storage.k8s.io/v1, kind: VolumeSnapshot, metadata: {name: snapshot-1, namespace: tenant-acme, labels: {cluster.x-k8s.io/cluster-name: acme}}, spec: {source: {persistentVolumeClaimName: pvc-1}}, status: {readyToUse: true, restoreSize: 1Gi}}"
	c := newCloud(t, enforcement, disk, of("replicated"), taken)
	answer, err := c.CreateSnapshot(t.Context(), request)
	if err != nil || !answer.Snapshot.ReadyToUse || answer.Snapshot.SizeBytes != gib {
		t.Errorf("%v, %v", answer, err)
	}
	request.SourceVolumeId = "pvc-9"
	if _, err := c.CreateSnapshot(t.Context(), request); status.Code(err) != codes.AlreadyExists {
		t.Errorf("another source: %v", err)
	}
	if _, err := c.DeleteSnapshot(t.Context(), &csi.DeleteSnapshotRequest{SnapshotId: "snapshot-1"}); err != nil {
		t.Error(err)
	}
}
