package kubevirt

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

const kubeVirt = `
apiVersion: kubevirt.io/v1
kind: KubeVirt
metadata: {name: kubevirt, namespace: kubevirt}
spec: {configuration: {developerConfiguration: {featureGates: [%s]}}}
`

const data = `
apiVersion: cdi.kubevirt.io/v1beta1
kind: DataVolume
metadata: {name: pvc-1, namespace: tenant-acme, uid: data, labels: {cluster.x-k8s.io/cluster-name: acme}}
spec: {source: {blank: {}}, storage: {resources: {requests: {storage: 1Gi}}}}
`

const attach = `{"name":"pvc-1","disk":{"serial":"1","disk":{"bus":"scsi"}},"volumeSource":{"dataVolume":{"name":"pvc-1"}}}`

// put asks virt-api, and returns its status.
func (h *host) put(path, body string) int {
	h.t.Helper()
	request := httptest.NewRequest(http.MethodPut, "/apis/subresources.kubevirt.io/v1/namespaces/tenant-acme/"+path, strings.NewReader(body))
	answer := httptest.NewRecorder()
	h.subresources().ServeHTTP(answer, request)
	return answer.Code
}

func (h *host) create(text string) {
	h.t.Helper()
	if err := h.Cluster.Create(h.t.Context(), parse(h.t, text)); err != nil {
		h.t.Fatal(err)
	}
}

func TestAVolumeIsAttachedToARunningMachine(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Once", onImage))
	h.up()
	h.create(fmt.Sprintf(kubeVirt, "HotplugVolumes"))
	h.create(data)
	if code := h.put("virtualmachines/w/addvolume", attach); code != http.StatusAccepted {
		t.Fatalf("addvolume: %d", code)
	}
	if _, err := h.reconcileMachine(t.Context(), h.key); err != nil {
		t.Fatal(err)
	}
	if said := statusOfVolume(h.instance()); said["phase"] != "Pending" {
		t.Errorf("before its claim is bound: %v", said)
	}
	h.settle()
	said := statusOfVolume(h.instance())
	if said["phase"] != "Ready" || said["target"] != "sda" || said["hotplugVolume"] == nil {
		t.Errorf("%v", said)
	}
	if disks := volumesOf(h.instance(), "spec", "domain", "devices", "disks"); !has(disks, "root") || !has(disks, "pvc-1") {
		t.Errorf("disks: %v", disks)
	}
	if code := h.put("virtualmachines/w/addvolume", attach); code != http.StatusConflict {
		t.Errorf("attached twice: %d", code)
	}
	if code := h.put("virtualmachines/w/removevolume", `{"name":"pvc-1"}`); code != http.StatusAccepted {
		t.Errorf("removevolume: %d", code)
	}
	h.settle()
	if disks := volumesOf(h.instance(), "spec", "domain", "devices", "disks"); statusOfVolume(h.instance()) != nil || has(disks, "pvc-1") || !has(disks, "root") {
		t.Errorf("after it was removed: %v, %v", statusOfVolume(h.instance()), disks)
	}
}

func TestVirtAPIRefuses(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Once", onImage))
	if code := h.put("virtualmachines/w/addvolume", attach); code != http.StatusBadRequest {
		t.Errorf("without its gate: %d", code)
	}
	h.create(fmt.Sprintf(kubeVirt, "HotplugVolumes"))
	for what, test := range map[string]struct {
		path, body string
		want       int
	}{
		"no such machine":      {"virtualmachines/x/addvolume", attach, http.StatusNotFound},
		"no name":              {"virtualmachines/w/addvolume", `{"disk":{},"volumeSource":{}}`, http.StatusBadRequest},
		"no disk":              {"virtualmachines/w/addvolume", `{"name":"a","volumeSource":{}}`, http.StatusBadRequest},
		"no volume":            {"virtualmachines/w/addvolume", `{"name":"a","disk":{}}`, http.StatusBadRequest},
		"no JSON":              {"virtualmachines/w/addvolume", `{`, http.StatusBadRequest},
		"what is not attached": {"virtualmachines/w/removevolume", `{"name":"root"}`, http.StatusConflict},
	} {
		if code := h.put(test.path, test.body); code != test.want {
			t.Errorf("%s: %d, want %d", what, code, test.want)
		}
	}
}

func TestADataVolumeHasAClaimWithItsLabels(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Once", onImage))
	h.create(data)
	h.settle()
	claim, err := h.Cluster.Find(t.Context(), claimKind, reconcile.Key(parse(t, data)))
	if err != nil || claim == nil {
		t.Fatalf("%v, %v", claim, err)
	}
	if claim.GetLabels()["cluster.x-k8s.io/cluster-name"] != "acme" || claim.GetOwnerReferences()[0].Kind != "DataVolume" {
		t.Errorf("labels %v, owners %v", claim.GetLabels(), claim.GetOwnerReferences())
	}
	volume, err := h.Cluster.Find(t.Context(), dataVolumeKind, reconcile.Key(claim))
	if err != nil || phase(volume) != "Succeeded" {
		t.Errorf("%q, %v", phase(volume), err)
	}
}

func statusOfVolume(vmi *unstructured.Unstructured) map[string]any {
	for _, each := range volumesOf(vmi, "status", "volumeStatus") {
		if each["name"] == "pvc-1" {
			return each
		}
	}
	return nil
}
