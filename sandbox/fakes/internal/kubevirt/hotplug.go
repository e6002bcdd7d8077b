package kubevirt

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// plug brings the volumes that were attached to a machine to its instance, and takes away those that were removed. It
// reports whether one waits for its claim to be bound.
//
// Different from KubeVirt: there is no pod that attaches the volumes to the host.
func (d *Fake) plug(ctx context.Context, vm, vmi *unstructured.Unstructured) (waits bool, err error) {
	wanted := hotplugged(volumesOf(vm, "spec", "template", "spec", "volumes"))
	entries := []any{}
	for i, volume := range wanted {
		entry, err := d.attachment(ctx, vmi, volume, i)
		if err != nil {
			return false, err
		}
		waits = waits || entry["phase"] != "Ready"
		entries = append(entries, entry)
	}
	if len(wanted) == 0 && len(hotplugged(volumesOf(vmi, "spec", "volumes"))) == 0 {
		return false, nil
	}
	return waits, d.Cluster.Change(ctx, vmi, func(o *unstructured.Unstructured) error {
		own := slices.DeleteFunc(volumesOf(o, "spec", "volumes"), isHotplugged)
		reconcile.Set(o, anys(append(own, wanted...)), "spec", "volumes")
		disks := volumesOf(o, "spec", "domain", "devices", "disks")
		disks = slices.DeleteFunc(disks, func(disk map[string]any) bool { return !has(append(own, wanted...), disk["name"]) })
		for _, disk := range volumesOf(vm, "spec", "template", "spec", "domain", "devices", "disks") {
			if has(wanted, disk["name"]) && !has(disks, disk["name"]) {
				disks = append(disks, disk)
			}
		}
		reconcile.Set(o, anys(disks), "spec", "domain", "devices", "disks")
		reconcile.Set(o, entries, "status", "volumeStatus")
		return nil
	})
}

// attachment is what an instance says of a volume that was attached to it.
func (d *Fake) attachment(ctx context.Context, vmi *unstructured.Unstructured, volume map[string]any, index int) (map[string]any, error) {
	key := types.NamespacedName{Namespace: vmi.GetNamespace(), Name: claimOf(volume)}
	name, _ := volume["name"].(string)
	entry := map[string]any{
		"name": name, "target": "", "phase": "Pending", "reason": "PVCNotReady",
		"message":       fmt.Sprintf("PVC %s is not ready", key.Name),
		"hotplugVolume": map[string]any{"attachPodName": "hp-volume-" + name},
	}
	var claim corev1.PersistentVolumeClaim
	if err := d.Cluster.Get(ctx, key, &claim); err != nil {
		if apierrors.IsNotFound(err) {
			return entry, nil
		}
		return nil, err
	}
	if claim.Status.Phase != corev1.ClaimBound {
		waits, err := d.waitsForConsumer(ctx, &claim)
		if err == nil && waits {
			err = d.consume(ctx, key, or(reconcile.String(vmi, "status", "nodeName"), "unknown"))
		}
		return entry, err
	}
	entry["phase"], entry["reason"] = "Ready", "VolumeReady"
	entry["message"] = fmt.Sprintf("Successfully attach hotplugged volume %s to VM", name)
	entry["target"] = "sd" + string(rune('a'+index%26))
	return entry, nil
}

func volumesOf(object *unstructured.Unstructured, path ...string) []map[string]any {
	list, _, _ := unstructured.NestedSlice(object.Object, path...)
	var out []map[string]any
	for _, each := range list {
		if fields, ok := each.(map[string]any); ok {
			out = append(out, fields)
		}
	}
	return out
}

func anys(list []map[string]any) []any {
	out := make([]any, len(list))
	for i, each := range list {
		out[i] = each
	}
	return out
}

func has(list []map[string]any, name any) bool {
	return slices.ContainsFunc(list, func(each map[string]any) bool { return each["name"] == name })
}

func hotplugged(volumes []map[string]any) []map[string]any {
	return slices.DeleteFunc(slices.Clone(volumes), func(volume map[string]any) bool { return !isHotplugged(volume) })
}

func isHotplugged(volume map[string]any) bool {
	for _, source := range []string{"dataVolume", "persistentVolumeClaim"} {
		if fields, ok := volume[source].(map[string]any); ok && fields["hotpluggable"] == true {
			return true
		}
	}
	return false
}

// claimOf is the claim of a volume; that of a DataVolume has its name.
func claimOf(volume map[string]any) string {
	if fields, ok := volume["dataVolume"].(map[string]any); ok {
		name, _ := fields["name"].(string)
		return name
	}
	fields, _ := volume["persistentVolumeClaim"].(map[string]any)
	name, _ := fields["claimName"].(string)
	return name
}
