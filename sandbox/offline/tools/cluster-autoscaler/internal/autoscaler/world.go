package autoscaler

import (
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// world is what one scan sees.
type world struct {
	groups     []*group
	nodes      map[string]*corev1.Node
	pods       []corev1.Pod
	daemonSets []appsv1.DaemonSet
	budgets    []policyv1.PodDisruptionBudget
	// startup are keys of taints with which a node is not ready, whatever it says.
	startup []string
}

// isReady reports whether pods may go to a node, but for taints that stay.
func (w *world) isReady(node *corev1.Node) bool {
	return isReady(node) && !slices.ContainsFunc(w.startup, func(key string) bool { return hasTaint(node, key) })
}

func (c *clients) look(ctx context.Context, discovery []Discovery) (*world, error) {
	all := metav1.ListOptions{}
	nodes, err := c.workload.CoreV1().Nodes().List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	pods, err := c.workload.CoreV1().Pods("").List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("pods: %w", err)
	}
	daemonSets, err := c.workload.AppsV1().DaemonSets("").List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("daemonsets: %w", err)
	}
	budgets, err := c.workload.PolicyV1().PodDisruptionBudgets("").List(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("poddisruptionbudgets: %w", err)
	}
	groups, err := c.groups(ctx, discovery)
	if err != nil {
		return nil, err
	}
	w := &world{groups: groups, nodes: map[string]*corev1.Node{}, pods: pods.Items, daemonSets: daemonSets.Items, budgets: budgets.Items}
	for i := range nodes.Items {
		w.nodes[nodes.Items[i].Name] = &nodes.Items[i]
	}
	return w, nil
}

// node of a machine: both sides must agree whose it is.
func (w *world) node(m machine) *corev1.Node {
	node := w.nodes[m.node]
	if node == nil || m.providerID == "" || node.Spec.ProviderID != m.providerID {
		return nil
	}
	return node
}

func (w *world) podsOn(node string) []*corev1.Pod {
	var out []*corev1.Pod
	for i := range w.pods {
		pod := &w.pods[i]
		if pod.Spec.NodeName == node && pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
			out = append(out, pod)
		}
	}
	return out
}

// slots are the nodes that pods may go to, and those that are about to be there.
func (w *world) slots() ([]*slot, error) {
	var out []*slot
	for _, node := range w.nodes {
		if w.isReady(node) && !hasTaint(node, toBeDeletedTaint) {
			out = append(out, newSlot(node, w.podsOn(node.Name)))
		}
	}
	for _, g := range w.groups {
		for range w.upcoming(g) {
			s, err := w.fresh(g)
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// upcoming is how many machines a group wants beside those whose nodes are ready.
func (w *world) upcoming(g *group) int {
	ready := 0
	for _, m := range g.machines {
		if node := w.node(m); node != nil && w.isReady(node) && !m.deleting {
			ready++
		}
	}
	return max(0, g.target-ready)
}

// fresh is a machine of a group that has just become a node, with the pods of DaemonSets on it.
func (w *world) fresh(g *group) (*slot, error) {
	node, err := g.template(w.nodes)
	if err != nil {
		return nil, err
	}
	s := newSlot(node, nil)
	s.group = g
	for i := range w.daemonSets {
		pod := &corev1.Pod{ObjectMeta: *w.daemonSets[i].Spec.Template.ObjectMeta.DeepCopy(), Spec: *w.daemonSets[i].Spec.Template.Spec.DeepCopy()}
		pod.Namespace = w.daemonSets[i].Namespace
		pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{Key: corev1.TaintNodeUnschedulable, Operator: corev1.TolerationOpExists})
		if reason := s.refuses(pod); reason == "" {
			s.place(pod)
		}
	}
	return s, nil
}

// unready nodes of the whole cluster.
func (w *world) unready() int {
	count := 0
	for _, node := range w.nodes {
		if !w.isReady(node) {
			count++
		}
	}
	return count
}

// healthy is the real one's rule: it does nothing where more than three nodes and 45 % of all are not ready.
func (w *world) healthy() bool {
	unready := w.unready()
	return unready <= 3 || float64(unready) <= 0.45*float64(len(w.nodes))
}
