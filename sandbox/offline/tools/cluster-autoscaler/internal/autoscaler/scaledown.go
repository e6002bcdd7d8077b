package autoscaler

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// candidate is a node that may go.
type candidate struct {
	group   *group
	machine machine
	node    *corev1.Node
	// evict are the pods that have to leave it.
	evict []*corev1.Pod
	ready bool
}

// candidates are the nodes that nothing needs now. Each pod of one is given a place on another node before the next one is
// looked at: two nodes never count on the same place.
func (s *scaler) candidates(w *world, now time.Time) []candidate {
	var found []candidate
	for _, g := range w.groups {
		for _, m := range g.machines {
			if c, ok := s.unneeded(w, g, m, now); ok {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(a.evict), len(b.evict)), strings.Compare(a.node.Name, b.node.Name))
	})
	gone := map[string]bool{}
	var slots []*slot
	for _, node := range w.nodes {
		if w.isReady(node) && !hasTaint(node, toBeDeletedTaint) {
			slots = append(slots, newSlot(node, w.podsOn(node.Name)))
		}
	}
	slices.SortFunc(slots, func(a, b *slot) int { return strings.Compare(a.node.Name, b.node.Name) })
	return slices.DeleteFunc(found, func(c candidate) bool {
		gone[c.node.Name] = true
		if rehouse(c, slots, gone) {
			return false
		}
		delete(gone, c.node.Name)
		return true
	})
}

// rehouse finds a place for each pod of a node that goes; none is taken unless all fit.
func rehouse(c candidate, slots []*slot, gone map[string]bool) bool {
	places := map[*slot]*slot{}
	for _, pod := range c.evict {
		found := slices.IndexFunc(slots, func(s *slot) bool {
			if gone[s.node.Name] {
				return false
			}
			if places[s] == nil {
				places[s] = newSlot(s.node, s.pods)
			}
			return places[s].refuses(pod) == ""
		})
		if found < 0 {
			return false
		}
		places[slots[found]].place(pod)
	}
	for s, filled := range places {
		*s = *filled
	}
	return true
}

func (s *scaler) unneeded(w *world, g *group, m machine, now time.Time) (candidate, bool) {
	node := w.node(m)
	if node == nil || m.deleting || s.drains.has(node.Name) || node.Annotations[scaleDownDisabled] == "true" {
		return candidate{}, false
	}
	c := candidate{group: g, machine: m, node: node, ready: w.isReady(node)}
	pods := w.podsOn(node.Name)
	for _, pod := range pods {
		if stays(pod) {
			continue
		}
		if reason := s.blocks(pod, w.budgets, now); reason != "" {
			return candidate{}, false
		}
		c.evict = append(c.evict, pod)
	}
	if c.ready && s.utilization(node, pods) >= g.threshold(s.options.UtilizationThreshold) {
		return candidate{}, false
	}
	return c, true
}

// utilization is the larger one of cores and memory that pods ask for, of what there is for them.
func (s *scaler) utilization(node *corev1.Node, pods []*corev1.Pod) float64 {
	most := 0.0
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		allocatable := node.Status.Allocatable[name]
		all, used := allocatable.AsApproximateFloat64(), 0.0
		for _, pod := range pods {
			quantity := requests(pod)[name]
			if s.options.IgnoreDaemonSets && isDaemonSetPod(pod) {
				all -= quantity.AsApproximateFloat64()
				continue
			}
			used += quantity.AsApproximateFloat64()
		}
		if all <= 0 {
			return 1
		}
		most = max(most, used/all)
	}
	return most
}

// scaleDown takes away nodes that nothing has needed for long enough: all that are empty, and one that has to be drained.
func (s *scaler) scaleDown(ctx context.Context, w *world, now time.Time) {
	found := s.candidates(w, now)
	since := map[string]time.Time{}
	for _, c := range found {
		since[c.node.Name] = now
		if before, known := s.unneededSince[c.node.Name]; known {
			since[c.node.Name] = before
		}
	}
	s.unneededSince = since
	s.candidateCount = len(found)
	if now.Sub(s.lastUp) < s.options.DelayAfterAdd || now.Sub(s.drains.lastFailure()) < s.options.DelayAfterFailure {
		return
	}
	going := map[*group]int{}
	drains := s.drains.draining()
	for _, c := range found {
		wait := c.group.duration("scaledownunneededtime", s.options.UnneededTime)
		if !c.ready {
			wait = c.group.duration("scaledownunreadytime", s.options.UnreadyTime)
		}
		if now.Sub(since[c.node.Name]) < wait || c.group.target-s.drains.of(c.group.id())-going[c.group] <= c.group.min {
			continue
		}
		if len(c.evict) > 0 {
			if drains > 0 {
				continue
			}
			drains++
		}
		going[c.group]++
		s.log.Info("scale-down", "node", c.node.Name, "group", c.group.id(), "pods", len(c.evict))
		s.drains.begin(ctx, s, c)
	}
}

// neverCame takes away machines that have not become nodes in time, and lets their group rest.
func (s *scaler) neverCame(ctx context.Context, w *world, now time.Time) {
	for _, g := range w.groups {
		for _, m := range g.machines {
			if m.deleting || w.node(m) != nil || now.Sub(m.created) < g.duration("maxnodeprovisiontime", s.options.MaxProvisionTime) {
				continue
			}
			s.backoff[g.id()] = now.Add(s.options.Backoff)
			if err := s.clients.remove(ctx, g, m.name); err != nil {
				s.log.Warn("a machine that never became a node stays", "machine", m.name, "error", err)
				continue
			}
			s.log.Info("a machine never became a node and goes", "machine", m.name, "group", g.id())
		}
	}
}
