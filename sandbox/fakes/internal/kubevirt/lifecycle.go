package kubevirt

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// step is what becomes of the instance of a machine.
type step string

const (
	leave step = "leave"
	start step = "start"
	stop  step = "stop"
)

// next is what a run strategy asks for, as virt-controller 1.8 does (syncRunStrategy): Always and RerunOnFailure remove an
// instance that ended, to start another one; Once leaves it as it is, but starts one where there is none. Different from
// there: RerunOnFailure leaves an instance that ended well, and nothing asks a Manual machine to start.
func next(strategy string, vmi *unstructured.Unstructured) step {
	switch {
	case strategy == "Manual":
		return leave
	case strategy == "Halted":
		if vmi == nil || vmi.GetDeletionTimestamp() != nil {
			return leave
		}
		return stop
	case vmi == nil:
		return start
	case vmi.GetDeletionTimestamp() != nil:
		return leave
	case strategy == "Always" && ended(vmi), strategy == "RerunOnFailure" && phase(vmi) == "Failed":
		return stop
	}
	return leave
}

func strategyOf(vm *unstructured.Unstructured) string {
	if running, found, _ := unstructured.NestedBool(vm.Object, "spec", "running"); found {
		if running {
			return "Always"
		}
		return "Halted"
	}
	return or(reconcile.String(vm, "spec", "runStrategy"), "Always")
}

func phase(vmi *unstructured.Unstructured) string { return reconcile.String(vmi, "status", "phase") }

// ended reports whether an instance has stopped for good: its guest powered off, or it or its host failed.
func ended(vmi *unstructured.Unstructured) bool {
	return phase(vmi) == "Succeeded" || phase(vmi) == "Failed"
}

func runs(vmi *unstructured.Unstructured) bool {
	return vmi != nil && vmi.GetDeletionTimestamp() == nil && phase(vmi) == "Running"
}

func (d *Fake) stopInstance(ctx context.Context, vmi *unstructured.Unstructured) error {
	if err := client.IgnoreNotFound(d.Cluster.Delete(ctx, vmi)); err != nil {
		return fmt.Errorf("VirtualMachineInstance %s: %w", reconcile.Key(vmi), err)
	}
	return nil
}

// end lets the conditions of an instance that ended say so.
func (d *Fake) end(ctx context.Context, vmi *unstructured.Unstructured) error {
	return d.Cluster.Change(ctx, vmi, func(o *unstructured.Unstructured) error {
		for _, kind := range []string{"Ready", "AgentConnected"} {
			reconcile.SetCondition(o, reconcile.Condition{Type: kind, Status: "False", Reason: "GuestNotRunning", Message: "Guest VM is not reported as running"})
		}
		return nil
	})
}
