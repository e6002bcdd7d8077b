package kubevirt

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// KubeVirt 1.8, virt-controller, syncRunStrategy.
func TestARunStrategyDecidesWhatBecomesOfAnInstance(t *testing.T) {
	none, running, failed, succeeded := "", "Running", "Failed", "Succeeded"
	for strategy, want := range map[string]map[string]step{
		"Always":         {none: start, running: leave, failed: stop, succeeded: stop},
		"RerunOnFailure": {none: start, running: leave, failed: stop, succeeded: leave},
		"Once":           {none: start, running: leave, failed: leave, succeeded: leave},
		"Manual":         {none: leave, running: leave, failed: leave, succeeded: leave},
		"Halted":         {none: leave, running: stop, failed: stop, succeeded: stop},
	} {
		for phase, step := range want {
			var vmi *unstructured.Unstructured
			if phase != none {
				vmi = reconcile.New(instanceKind, "tenant-acme", "w")
				reconcile.Set(vmi, phase, "status", "phase")
			}
			if got := next(strategy, vmi); got != step {
				t.Errorf("%s, %q: %s, want %s", strategy, phase, got, step)
			}
		}
	}
}

func TestAGuestBootsFromTheDiskOfTheLowestBootOrder(t *testing.T) {
	for name, test := range map[string]struct{ disks, want string }{
		"the first":              {"[{name: a}, {name: b}]", "a"},
		"the only ordered one":   {"[{name: a}, {name: b, bootOrder: 1}]", "b"},
		"the lowest of two":      {"[{name: a, bootOrder: 2}, {name: b, bootOrder: 1}]", "b"},
		"that of the first disk": {"[{name: b}]", "b"},
		"the first volume":       {"[]", "a"},
	} {
		vmi := parse(t, "spec: {domain: {devices: {disks: "+test.disks+"}}, volumes: [{name: a}, {name: b}]}")
		if got := rootVolume(vmi)["name"]; got != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

const image = "registry.example/node:v1.34.1"

const machine = `
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: w, namespace: tenant-acme, uid: vm}
spec:
  runStrategy: %s
  template:
    spec:
      domain: {devices: {disks: [{name: root, disk: {bus: virtio}}]}}
      networks: [{name: default, pod: {}}]
      volumes:
      - {name: root, %s}
      - {name: cloudinitvolume, cloudInitConfigDrive: {secretRef: {name: w-userdata}}}
`

const (
	onImage = "containerDisk: {image: " + image + "}"
	onDisk  = "dataVolume: {name: w-root}"
	filled  = "  dataVolumeTemplates: [{metadata: {name: w-root}, spec: {storage: {resources: {requests: {storage: 10Gi}}}, source: {registry: {url: 'docker://" + image + "'}}}}]\n"
)

// host is KubeVirt with one machine, whose guest joins a tenant.
type host struct {
	*Fake
	t   *testing.T
	api *tenant
	key types.NamespacedName
}

func newHost(t *testing.T, vm string) *host {
	t.Helper()
	api := newTenant(t)
	join := strings.NewReplacer("127.0.0.1:6443", strings.TrimPrefix(api.URL, "https://"), "caCertHashes: [sha256:00]", "unsafeSkipCAVerification: true").Replace(joinV1beta4)
	userData := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "tenant-acme", Name: "w-userdata"},
		Data:       map[string][]byte{"userdata": cloudConfig(join, "")},
	}
	uids := 0
	objects := fake.NewClientBuilder().WithScheme(scheme.Scheme).
		WithStatusSubresource(reconcile.New(machineKind, "", ""), reconcile.New(instanceKind, "", ""), reconcile.New(dataVolumeKind, "", "")).
		WithInterceptorFuncs(interceptor.Funcs{Create: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.CreateOption) error {
			uids++
			object.SetUID(types.UID(fmt.Sprintf("%s-%d", object.GetName(), uids)))
			return c.Create(ctx, object, options...)
		}}).Build()
	h := &host{t: t, api: api, key: types.NamespacedName{Namespace: "tenant-acme", Name: "w"}, Fake: &Fake{
		Cluster: &reconcile.Cluster{WithWatch: objects, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}, Dir: t.TempDir(),
	}}
	for _, object := range []client.Object{userData, parse(t, vm)} {
		if err := objects.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// settle reconciles until nothing is left to be done at once.
func (h *host) settle() {
	h.t.Helper()
	for range 10 {
		if err := h.fillVolumes(); err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.reconcileMachine(h.t.Context(), h.key); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *host) fillVolumes() error {
	volumes, err := h.Cluster.All(h.t.Context(), dataVolumeKind)
	for i := range volumes {
		if err := h.bind(reconcile.Key(&volumes[i])); err != nil {
			return err
		}
		if _, err := h.reconcileDataVolume(h.t.Context(), reconcile.Key(&volumes[i])); err != nil {
			return err
		}
	}
	return err
}

// bind does what a provisioner and the controller manager do for a claim.
func (h *host) bind(key types.NamespacedName) error {
	var claim corev1.PersistentVolumeClaim
	if err := h.Cluster.Get(h.t.Context(), key, &claim); err != nil {
		return client.IgnoreNotFound(err)
	}
	claim.Status.Phase = corev1.ClaimBound
	return h.Cluster.Status().Update(h.t.Context(), &claim)
}

func (h *host) instance() *unstructured.Unstructured {
	h.t.Helper()
	vmi, err := h.Cluster.Find(h.t.Context(), instanceKind, h.key)
	if err != nil || vmi == nil {
		h.t.Fatalf("instance: %v, %v", vmi, err)
	}
	return vmi
}

// joined reports whether the guest of the present instance is up as a node.
func (h *host) joined() bool { return h.instance().GetAnnotations()[joinedAnnotation] == "w" }

// endAs lets the instance end, as virt-controller records that a guest powered off or that its host failed.
func (h *host) endAs(phase string) {
	h.t.Helper()
	if err := h.Cluster.Change(h.t.Context(), h.instance(), func(o *unstructured.Unstructured) error {
		reconcile.Set(o, phase, "status", "phase")
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) up() types.UID {
	h.t.Helper()
	h.settle()
	if !h.joined() || h.api.silent("w") || h.api.joined() != 1 {
		h.t.Fatalf("first boot: joined %v, silent %v, %d certificates", h.joined(), h.api.silent("w"), h.api.joined())
	}
	return h.instance().GetUID()
}

// kubernetes-sigs/cluster-api-provider-kubevirt#70.
func TestAMachineThatStartsAgainFromAnImageIsBlankAndItsExpiredTokenRefused(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onImage))
	before := h.up()
	h.api.expire()
	h.endAs("Failed")
	h.settle()
	if h.instance().GetUID() == before || phase(h.instance()) != "Running" {
		t.Errorf("KubeVirt starts it again; instance %s is %s", h.instance().GetUID(), phase(h.instance()))
	}
	if h.joined() || !h.api.silent("w") {
		t.Errorf("joined %v, its node silent %v: nothing was on its disk", h.joined(), h.api.silent("w"))
	}
}

func TestAMachineThatStartsAgainFromAnImageJoinsWithATokenThatStillHolds(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onImage))
	h.up()
	h.endAs("Failed")
	h.settle()
	if !h.joined() || h.api.silent("w") || h.api.joined() != 2 {
		t.Errorf("joined %v, silent %v, %d certificates; want one more", h.joined(), h.api.silent("w"), h.api.joined())
	}
}

func TestAMachineWithADiskIsTheSameNodeAfterARestart(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onDisk)+filled)
	before := h.up()
	h.api.expire()
	for _, restart := range []func(){
		func() { h.endAs("Failed") },
		func() { // as the infrastructure provider does for a host that is drained
			if err := h.Cluster.Delete(t.Context(), h.instance()); err != nil {
				t.Fatal(err)
			}
		},
	} {
		restart()
		h.settle()
		if after := h.instance().GetUID(); after == before || !h.joined() || h.api.silent("w") || h.api.joined() != 1 {
			t.Errorf("new instance %v, joined %v, silent %v, %d certificates; want the first one", after != before, h.joined(), h.api.silent("w"), h.api.joined())
		}
		before = h.instance().GetUID()
	}
}

func TestAnotherDiskIsBlank(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onDisk)+filled)
	h.up()
	h.api.expire()
	volume, claim := reconcile.New(dataVolumeKind, "tenant-acme", "w-root"), reconcile.New(claimKind, "tenant-acme", "w-root")
	for _, object := range []client.Object{h.instance(), volume, claim} {
		if err := h.Cluster.Delete(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	h.settle()
	if h.joined() || !h.api.silent("w") {
		t.Errorf("joined %v, silent %v", h.joined(), h.api.silent("w"))
	}
}

func TestAMachineThatRunsOnceStaysEnded(t *testing.T) {
	for _, end := range []string{"Failed", "Succeeded"} {
		h := newHost(t, fmt.Sprintf(machine, "Once", onImage))
		before := h.up()
		h.endAs(end)
		h.settle()
		vmi := h.instance()
		if vmi.GetUID() != before || phase(vmi) != end || reconcile.HasCondition(vmi, "Ready") || !h.api.silent("w") {
			t.Errorf("%s: instance %s is %s, ready %v, its node silent %v", end, vmi.GetUID(), phase(vmi), reconcile.HasCondition(vmi, "Ready"), h.api.silent("w"))
		}
		vm, err := h.Cluster.Find(t.Context(), machineKind, h.key)
		if err != nil || reconcile.String(vm, "status", "printableStatus") != "Stopped" || reconcile.HasCondition(vm, "Ready") {
			t.Errorf("%s: machine %v, %v", end, vm, err)
		}
	}
}

func TestAMachineStartsWhenItsDisksAreFilled(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onDisk)+filled)
	for range 3 {
		if _, err := h.reconcileMachine(t.Context(), h.key); err != nil {
			t.Fatal(err)
		}
	}
	if vmi, err := h.Cluster.Find(t.Context(), instanceKind, h.key); vmi != nil || err != nil {
		t.Errorf("started from a disk that is not filled: %v, %v", vmi, err)
	}
	h.up()
}

func TestATenantThatDoesNotAnswerDelaysNoRestart(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Always", onImage))
	before := h.up()
	h.api.Close()
	h.endAs("Failed")
	if again, err := h.reconcileMachine(t.Context(), h.key); err != nil || again == 0 {
		t.Errorf("tried again after %s, %v: its node is not silent yet", again, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := h.reconcileMachine(ctx, h.key); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	if h.instance().GetUID() == before {
		t.Error("the machine waits for its tenant's API")
	}
}

func TestWhatAGuestKeptGoesWithItsMachine(t *testing.T) {
	h := newHost(t, fmt.Sprintf(machine, "Once", onImage))
	h.up()
	vm, err := h.Cluster.Find(t.Context(), machineKind, h.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Cluster.Delete(t.Context(), vm); err != nil {
		t.Fatal(err)
	}
	if _, err := h.reconcileMachine(t.Context(), h.key); err != nil {
		t.Fatal(err)
	}
	if kept, err := h.load(h.key); kept != nil || err != nil {
		t.Errorf("still there: %v, %v", kept, err)
	}
}

func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	data, err := yaml.YAMLToJSON([]byte(text))
	if err == nil {
		// whole numbers become int64, as from the API
		err = json.Unmarshal(data, &object.Object)
	}
	if err != nil {
		t.Fatal(err)
	}
	return object
}
