package kubevirt

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

var infraMachineKind = schema.GroupVersionKind{Group: "infrastructure.cluster.x-k8s.io", Version: "v1alpha1", Kind: "KubevirtMachine"}

const (
	// joinedAnnotation of an instance says that its guest is up: it has run its bootstrap data, which a guest does at the
	// first boot of its disk only, even if its node is lost later.
	joinedAnnotation = "sandbox.firmament.example/bootstrapped"

	// progressAnnotation of a KubevirtMachine holds how far its guest is: running, then joined.
	progressAnnotation = "sandbox.firmament.example/guest"

	guestRetry = 2 * time.Second
	// volumePoll is how often a machine looks whether its disks are filled.
	volumePoll = 100 * time.Millisecond
	// guestPatience is how long one attempt to join may take.
	guestPatience = 90 * time.Second
)

// reconcileMachine brings the instance of a machine to where its run strategy wants it, and lets its guest boot.
func (d *Fake) reconcileMachine(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	vm, err := d.Cluster.Find(ctx, machineKind, key)
	if err != nil {
		return 0, err
	}
	if vm == nil {
		return 0, d.forget(key)
	}
	if vm.GetDeletionTimestamp() != nil {
		return 0, nil // Instances are garbage collected with their machine.
	}
	vmi, err := d.Cluster.Find(ctx, instanceKind, key)
	if err != nil {
		return 0, err
	}
	var again time.Duration
	if vmi == nil || vmi.GetDeletionTimestamp() != nil || ended(vmi) {
		if again, err = d.fallSilent(ctx, key); err != nil {
			return 0, err
		}
	}
	switch next(strategyOf(vm), vmi) {
	case stop:
		if err := d.stopInstance(ctx, vmi); err != nil {
			return 0, err
		}
		return again, d.report(ctx, vm, vmi)
	case start:
		if ready, err := d.createVolumes(ctx, vm); err != nil || !ready {
			return volumePoll, errors.Join(err, d.report(ctx, vm, nil))
		}
		if vmi, err = d.createInstance(ctx, vm); err != nil {
			return 0, err
		}
	case leave:
		if vmi == nil || vmi.GetDeletionTimestamp() != nil {
			return max(again, time.Second), d.report(ctx, vm, vmi)
		}
	}
	if ended(vmi) {
		if err := d.end(ctx, vmi); err != nil {
			return 0, err
		}
		return again, d.report(ctx, vm, vmi)
	}
	if err := d.boot(ctx, vmi); err != nil {
		return 0, err
	}
	waits, err := d.plug(ctx, vm, vmi)
	if err != nil {
		return 0, err
	}
	if waits {
		again = volumePoll
	}
	if err := d.report(ctx, vm, vmi); err != nil {
		return 0, err
	}
	if err := d.nudge(ctx, vm, "running"); err != nil {
		return 0, err
	}
	if _, done := vmi.GetAnnotations()[joinedAnnotation]; done {
		return again, nil
	}
	attempt, cancel := context.WithTimeout(ctx, guestPatience)
	defer cancel()
	node, err := d.bootstrap(attempt, vm, vmi)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, reconcile.ErrWait) {
			d.Cluster.Log.Warn("guest does not bootstrap", "machine", key.String(), "error", err)
			d.Cluster.Warn(ctx, vmi, "GuestBootstrapFailed", err)
		}
		return guestRetry, nil
	}
	if err := d.Cluster.Change(ctx, vmi, func(o *unstructured.Unstructured) error {
		annotate(o, joinedAnnotation, node)
		return nil
	}); err != nil {
		return 0, err
	}
	return again, d.nudge(ctx, vm, "joined")
}

// nudge touches the KubevirtMachine of a machine. Its controller polls, every 10 to 20 seconds, for machines and nodes
// that take minutes in reality and a second here.
func (d *Fake) nudge(ctx context.Context, vm *unstructured.Unstructured, progress string) error {
	name := vm.GetLabels()["capk.cluster.x-k8s.io/kubevirt-machine-name"]
	if name == "" || !d.Cluster.Serves(infraMachineKind) {
		return nil
	}
	namespace := or(vm.GetLabels()["capk.cluster.x-k8s.io/kubevirt-machine-namespace"], vm.GetNamespace())
	machine, err := d.Cluster.Find(ctx, infraMachineKind, types.NamespacedName{Namespace: namespace, Name: name})
	if err != nil || machine == nil || machine.GetDeletionTimestamp() != nil {
		return err
	}
	// Progress never goes back.
	if machine.GetAnnotations()[progressAnnotation] == "joined" {
		return nil
	}
	return d.Cluster.Change(ctx, machine, func(o *unstructured.Unstructured) error {
		annotate(o, progressAnnotation, progress)
		return nil
	})
}

func annotate(object *unstructured.Unstructured, name, value string) {
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	object.SetAnnotations(annotations)
}

// createVolumes makes the DataVolumes of a machine's templates, and reports whether all of them are filled.
func (d *Fake) createVolumes(ctx context.Context, vm *unstructured.Unstructured) (bool, error) {
	ready := true
	templates, _, _ := unstructured.NestedSlice(vm.Object, "spec", "dataVolumeTemplates")
	for _, template := range templates {
		fields, ok := template.(map[string]any)
		if !ok {
			continue
		}
		volume := &unstructured.Unstructured{Object: map[string]any{"spec": fields["spec"]}}
		volume.SetGroupVersionKind(dataVolumeKind)
		metadata, _ := fields["metadata"].(map[string]any)
		name, _ := metadata["name"].(string)
		volume.SetName(name)
		volume.SetNamespace(vm.GetNamespace())
		volume.SetOwnerReferences([]metav1.OwnerReference{reconcile.OwnedBy(vm, machineKind)})
		live, err := d.Cluster.Find(ctx, dataVolumeKind, reconcile.Key(volume))
		if err != nil {
			return false, err
		}
		if live == nil {
			if err := d.Cluster.Create(ctx, volume); err != nil {
				return false, fmt.Errorf("DataVolume %s: %w", reconcile.Key(volume), err)
			}
			live = volume
		}
		if phase(live) == "WaitForFirstConsumer" {
			if err := d.consume(ctx, reconcile.Key(live), "unknown"); err != nil {
				return false, err
			}
		}
		ready = ready && phase(live) == "Succeeded"
	}
	return ready, nil
}

func (d *Fake) createInstance(ctx context.Context, vm *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	spec, _, err := unstructured.NestedMap(vm.Object, "spec", "template", "spec")
	if err != nil {
		return nil, fmt.Errorf("VirtualMachine %s: template: %w", reconcile.Key(vm), err)
	}
	vmi := reconcile.New(instanceKind, vm.GetNamespace(), vm.GetName())
	labels, _, _ := unstructured.NestedStringMap(vm.Object, "spec", "template", "metadata", "labels")
	annotations, _, _ := unstructured.NestedStringMap(vm.Object, "spec", "template", "metadata", "annotations")
	vmi.SetLabels(labels)
	vmi.SetAnnotations(annotations)
	vmi.SetOwnerReferences([]metav1.OwnerReference{reconcile.OwnedBy(vm, machineKind)})
	reconcile.Set(vmi, spec, "spec")
	if err := d.Cluster.Create(ctx, vmi); err != nil {
		return nil, fmt.Errorf("VirtualMachineInstance %s: %w", reconcile.Key(vmi), err)
	}
	return vmi, nil
}

// boot gives an instance a node and an address and lets it run.
func (d *Fake) boot(ctx context.Context, vmi *unstructured.Unstructured) error {
	if phase(vmi) == "Running" {
		return nil
	}
	node, address, err := d.place(ctx, vmi)
	if err != nil {
		return err
	}
	networks, _, _ := unstructured.NestedSlice(vmi.Object, "spec", "networks")
	name := "default"
	if len(networks) > 0 {
		if first, ok := networks[0].(map[string]any); ok {
			if text, ok := first["name"].(string); ok {
				name = text
			}
		}
	}
	return d.Cluster.Change(ctx, vmi, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, "Running", "status", "phase")
		if node != "" {
			reconcile.Set(o, node, "status", "nodeName")
		}
		reconcile.Set(o, []any{map[string]any{
			"name": name, "ipAddress": address, "ipAddresses": []any{address}, "interfaceName": "eth0",
			"mac": mac(string(o.GetUID())), "infoSource": "domain, guest-agent", "queueCount": int64(1),
		}}, "status", "interfaces")
		reconcile.Set(o, map[string]any{"id": "ubuntu", "name": "Ubuntu", "prettyName": "Ubuntu 24.04 LTS", "version": "24.04"}, "status", "guestOSInfo")
		reconcile.Set(o, []any{
			map[string]any{"phase": "Running", "phaseTransitionTimestamp": reconcile.Now()},
		}, "status", "phaseTransitionTimestamps")
		for _, kind := range []string{"Ready", "AgentConnected", "LiveMigratable", "StorageLiveMigratable"} {
			reconcile.SetCondition(o, reconcile.Condition{Type: kind, Status: "True"})
		}
		return nil
	})
}

// report is the status of a machine.
func (d *Fake) report(ctx context.Context, vm, vmi *unstructured.Unstructured) error {
	running := runs(vmi)
	return d.Cluster.Change(ctx, vm, func(o *unstructured.Unstructured) error {
		reconcile.Set(o, vmi != nil, "status", "created")
		reconcile.Set(o, running, "status", "ready")
		reconcile.Set(o, o.GetGeneration(), "status", "observedGeneration")
		if running {
			reconcile.Set(o, "Running", "status", "printableStatus")
			for _, kind := range []string{"Ready", "AgentConnected", "LiveMigratable"} {
				reconcile.SetCondition(o, reconcile.Condition{Type: kind, Status: "True"})
			}
			return nil
		}
		state := "Stopped"
		missing := reconcile.Condition{Type: "Ready", Status: "False", Reason: "VMINotExists", Message: "VMI does not exist"}
		switch {
		case vmi == nil && next(strategyOf(vm), nil) == start:
			state = "Provisioning"
		case vmi != nil:
			missing.Reason, missing.Message = "GuestNotRunning", "Guest VM is not reported as running"
			if !ended(vmi) {
				state = "Stopping"
			}
		}
		reconcile.Set(o, state, "status", "printableStatus")
		reconcile.SetCondition(o, missing)
		return nil
	})
}
