package autoscaler

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// waiting are pods that the scheduler found no node for, longer than a scan ago.
func (w *world) waiting(now time.Time, interval time.Duration) []*corev1.Pod {
	var out []*corev1.Pod
	for i := range w.pods {
		pod := &w.pods[i]
		if pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil {
			continue
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse && condition.Reason == corev1.PodReasonUnschedulable &&
				now.Sub(condition.LastTransitionTime.Time) >= interval {
				out = append(out, pod)
			}
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Pod) int {
		return cmp.Or(-compareSize(a, b), strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name))
	})
	return out
}

func compareSize(a, b *corev1.Pod) int {
	x, y := requests(a), requests(b)
	return cmp.Or(x.Cpu().Cmp(*y.Cpu()), x.Memory().Cmp(*y.Memory()))
}

// option is what a group can do for pods that wait.
type option struct {
	group *group
	count int
	pods  []*corev1.Pod
	// waste is the part of the new machines that stays empty.
	waste float64
}

// unplaced are the pods that fit nowhere, not even on machines that are about to be there.
func unplaced(pods []*corev1.Pod, slots []*slot) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range pods {
		found := slices.IndexFunc(slots, func(s *slot) bool { return s.refuses(pod) == "" })
		if found < 0 {
			out = append(out, pod)
			continue
		}
		slots[found].place(pod)
	}
	return out
}

// estimate packs pods into new machines of a group, the first that fits; refused says of every other pod why not.
func (w *world) estimate(g *group, pods []*corev1.Pod) (option, map[*corev1.Pod]string, error) {
	o := option{group: g}
	refused := map[*corev1.Pod]string{}
	var fresh []*slot
	for _, pod := range pods {
		if found := slices.IndexFunc(fresh, func(s *slot) bool { return s.refuses(pod) == "" }); found >= 0 {
			fresh[found].place(pod)
			o.pods = append(o.pods, pod)
			continue
		}
		s, err := w.fresh(g)
		if err != nil {
			return o, nil, err
		}
		if reason := s.refuses(pod); reason != "" {
			refused[pod] = reason
			continue
		}
		if g.target+len(fresh) >= g.max {
			refused[pod] = "max node group size reached"
			continue
		}
		s.place(pod)
		fresh = append(fresh, s)
		o.pods = append(o.pods, pod)
	}
	o.count = len(fresh)
	o.waste = waste(fresh)
	return o, refused, nil
}

func waste(slots []*slot) float64 {
	var used, all float64
	for _, s := range slots {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			has, taken := s.node.Status.Allocatable[name], s.used[name]
			all++
			if amount := has.AsApproximateFloat64(); amount > 0 {
				used += taken.AsApproximateFloat64() / amount
			}
		}
	}
	if all == 0 {
		return 0
	}
	return 1 - used/all
}

// best chooses among options as the flag expander says; where that does not decide, by chance as the real one.
func best(options []option, expander string) option {
	rand.Shuffle(len(options), func(i, j int) { options[i], options[j] = options[j], options[i] })
	return slices.MinFunc(options, func(a, b option) int {
		switch expander {
		case "least-waste":
			return cmp.Compare(a.waste, b.waste)
		case "least-nodes":
			return cmp.Compare(a.count, b.count)
		case "most-pods":
			return cmp.Compare(len(b.pods), len(a.pods))
		}
		return 0
	})
}

// scaleUp makes machines for pods that wait; it says whether it did.
func (s *scaler) scaleUp(ctx context.Context, w *world, now time.Time) (bool, error) {
	if s.options.EnforceMinSize {
		for _, g := range w.groups {
			if g.target < g.min && !s.backedOff(g, now) {
				return true, s.grow(ctx, w, g, g.min-g.target, now)
			}
		}
	}
	slots, err := w.slots()
	if err != nil {
		return false, err
	}
	pods := unplaced(w.waiting(now, s.options.ScanInterval), slots)
	s.waiting = len(pods)
	if len(pods) == 0 {
		return false, nil
	}
	var options []option
	reasons := map[*corev1.Pod]map[string]int{}
	note := func(pod *corev1.Pod, reason string) {
		if reasons[pod] == nil {
			reasons[pod] = map[string]int{}
		}
		reasons[pod][reason]++
	}
	for _, g := range w.groups {
		if s.backedOff(g, now) {
			for _, pod := range pods {
				note(pod, "in backoff after failed scale-up")
			}
			continue
		}
		o, refused, err := w.estimate(g, pods)
		if err != nil {
			s.log.Warn("a group cannot be estimated", "group", g.id(), "error", err)
			continue
		}
		for pod, reason := range refused {
			note(pod, reason)
		}
		if o.count > 0 {
			options = append(options, o)
		}
	}
	var chosen option
	if len(options) > 0 {
		chosen = best(options, s.options.Expander)
		before := chosen.group.target
		if err := s.grow(ctx, w, chosen.group, chosen.count, now); err != nil {
			return false, err
		}
		for _, pod := range chosen.pods {
			s.events.Eventf(pod, corev1.EventTypeNormal, "TriggeredScaleUp", "pod triggered scale-up: [{%s %d->%d (max: %d)}]", chosen.group.id(), before, chosen.group.target, chosen.group.max)
		}
	}
	for _, pod := range pods {
		if !slices.Contains(chosen.pods, pod) {
			s.events.Eventf(pod, corev1.EventTypeNormal, "NotTriggerScaleUp", "pod didn't trigger scale-up: %s", sentence(reasons[pod]))
		}
	}
	return len(options) > 0, nil
}

func sentence(reasons map[string]int) string {
	var parts []string
	for reason, count := range reasons {
		parts = append(parts, fmt.Sprintf("%d %s", count, reason))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// grow adds machines to a group, evenly over those like it where that is asked for; never beyond the largest number.
func (s *scaler) grow(ctx context.Context, w *world, g *group, count int, now time.Time) error {
	groups := []*group{g}
	if s.options.BalanceSimilar {
		groups = w.similar(g)
	}
	added := map[*group]int{}
	for range count {
		open := slices.DeleteFunc(slices.Clone(groups), func(each *group) bool { return each.target+added[each] >= each.max || s.backedOff(each, now) })
		if len(open) == 0 {
			break
		}
		added[slices.MinFunc(open, func(a, b *group) int { return cmp.Compare(a.target+added[a], b.target+added[b]) })]++
	}
	for _, each := range groups {
		if added[each] == 0 {
			continue
		}
		size, err := s.clients.size(ctx, each)
		if err != nil {
			return err
		}
		if err := s.clients.resize(ctx, each, size+added[each]); err != nil {
			s.backoff[each.id()] = now.Add(s.options.Backoff)
			return fmt.Errorf("%s: %w", each.id(), err)
		}
		s.log.Info("scale-up", "group", each.id(), "size", each.target, "max", each.max)
		s.lastUp = now
	}
	return nil
}
