package autoscaler

import (
	"maps"
	"reflect"

	corev1 "k8s.io/api/core/v1"
)

// similar are the groups whose machines are as those of a group, itself among them.
func (w *world) similar(g *group) []*group {
	mine, err := g.template(w.nodes)
	if err != nil {
		return []*group{g}
	}
	out := []*group{g}
	for _, other := range w.groups {
		if other == g {
			continue
		}
		theirs, err := other.template(w.nodes)
		if err == nil && alike(mine, theirs) {
			out = append(out, other)
		}
	}
	return out
}

// alike compares what counts: as much of everything, the same taints, the same labels but for name and zone.
func alike(a, b *corev1.Node) bool {
	for name, quantity := range a.Status.Allocatable {
		other := b.Status.Allocatable[name]
		if quantity.Cmp(other) != 0 {
			return false
		}
	}
	bare := func(node *corev1.Node) map[string]string {
		out := maps.Clone(node.Labels)
		for _, key := range []string{corev1.LabelHostname, corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone} {
			delete(out, key)
		}
		return out
	}
	return len(a.Status.Allocatable) == len(b.Status.Allocatable) && maps.Equal(bare(a), bare(b)) &&
		(len(a.Spec.Taints)+len(b.Spec.Taints) == 0 || reflect.DeepEqual(a.Spec.Taints, b.Spec.Taints))
}
