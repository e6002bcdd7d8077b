package autoscaler

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

const (
	minSizeAnnotation       = capi + "/cluster-api-autoscaler-node-group-min-size"
	maxSizeAnnotation       = capi + "/cluster-api-autoscaler-node-group-max-size"
	deleteMachineAnnotation = capi + "/delete-machine"
	pausedAnnotation        = capi + "/paused"
	optionsPrefix           = capi + "/autoscaling-options-"
)

// group is a MachineDeployment with bounds.
type group struct {
	object   *unstructured.Unstructured
	min, max int
	// target is the number of machines that is wanted.
	target   int
	machines []machine
}

// machine of a group.
type machine struct {
	namespace, name, node, providerID string
	created                           time.Time
	deleting                          bool
}

// id as the real one has it.
func (g *group) id() string {
	return fmt.Sprintf("MachineDeployment/%s/%s", g.object.GetNamespace(), g.object.GetName())
}

// groups that are discovered, in the order of their names.
func (c *clients) groups(ctx context.Context, discovery []Discovery) ([]*group, error) {
	namespace := ""
	if len(discovery) == 1 {
		namespace = discovery[0].Namespace
	}
	list := func(resource string) ([]unstructured.Unstructured, error) {
		found, err := c.management.Resource(c.resource(resource)).Namespace(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", resource, err)
		}
		return found.Items, nil
	}
	deployments, err := list("machinedeployments")
	if err != nil {
		return nil, err
	}
	sets, err := list("machinesets")
	if err != nil {
		return nil, err
	}
	machines, err := list("machines")
	if err != nil {
		return nil, err
	}
	var out []*group
	for i := range deployments {
		deployment := &deployments[i]
		if !discovered(deployment, discovery) || deployment.GetAnnotations()[pausedAnnotation] != "" {
			continue
		}
		g, err := newGroup(deployment)
		if err != nil {
			return nil, err
		}
		if g == nil {
			continue
		}
		g.machines = machinesOf(deployment, sets, machines)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *group) int { return strings.Compare(a.id(), b.id()) })
	return out, nil
}

func discovered(o *unstructured.Unstructured, discovery []Discovery) bool {
	cluster, _, _ := unstructured.NestedString(o.Object, "spec", "clusterName")
	for _, each := range discovery {
		fits := (each.Namespace == "" || each.Namespace == o.GetNamespace()) && (each.ClusterName == "" || each.ClusterName == cluster)
		for key, value := range each.Labels {
			fits = fits && o.GetLabels()[key] == value
		}
		if fits {
			return true
		}
	}
	return len(discovery) == 0
}

// newGroup is nil for what has no bounds, no room between them, or cannot be made from none.
func newGroup(o *unstructured.Unstructured) (*group, error) {
	annotations := o.GetAnnotations()
	if annotations[maxSizeAnnotation] == "" && annotations[minSizeAnnotation] == "" {
		return nil, nil
	}
	bound := func(key string) (int, error) {
		if annotations[key] == "" {
			return 0, nil
		}
		value, err := strconv.Atoi(annotations[key])
		if err != nil || value < 0 {
			return 0, fmt.Errorf("%s: annotation %s: %q — a whole number from 0", o.GetName(), key, annotations[key])
		}
		return value, nil
	}
	low, err := bound(minSizeAnnotation)
	if err != nil {
		return nil, err
	}
	high, err := bound(maxSizeAnnotation)
	if err != nil {
		return nil, err
	}
	if high < low {
		return nil, fmt.Errorf("%s: bounds %d to %d — the largest number must not be less than the smallest", o.GetName(), low, high)
	}
	replicas, found, err := unstructured.NestedInt64(o.Object, "spec", "replicas")
	if err != nil || !found {
		return nil, fmt.Errorf("%s: unable to find replicas", o.GetName())
	}
	g := &group{object: o, min: low, max: high, target: int(replicas)}
	if high == 0 {
		return nil, nil
	}
	if replicas == 0 {
		capacity, err := capacityOf(annotations)
		if err != nil {
			return nil, err
		}
		if !scalesFromZero(capacity) {
			return nil, nil
		}
	}
	return g, nil
}

// machinesOf a deployment are those of its MachineSets.
func machinesOf(deployment *unstructured.Unstructured, sets, machines []unstructured.Unstructured) []machine {
	own := map[types.UID]bool{}
	for i := range sets {
		if controlledBy(&sets[i], map[types.UID]bool{deployment.GetUID(): true}) {
			own[sets[i].GetUID()] = true
		}
	}
	var out []machine
	for i := range machines {
		o := &machines[i]
		if !controlledBy(o, own) {
			continue
		}
		node, _, _ := unstructured.NestedString(o.Object, "status", "nodeRef", "name")
		id, _, _ := unstructured.NestedString(o.Object, "spec", "providerID")
		out = append(out, machine{
			namespace: o.GetNamespace(), name: o.GetName(), node: node, providerID: id,
			created: o.GetCreationTimestamp().Time, deleting: o.GetDeletionTimestamp() != nil,
		})
	}
	return out
}

func controlledBy(o *unstructured.Unstructured, owners map[types.UID]bool) bool {
	for _, reference := range o.GetOwnerReferences() {
		if owners[reference.UID] {
			return true
		}
	}
	return false
}

// duration of a group's own, or the default: annotation cluster.x-k8s.io/autoscaling-options-<name>.
func (g *group) duration(name string, otherwise time.Duration) time.Duration {
	if own, err := time.ParseDuration(g.object.GetAnnotations()[optionsPrefix+name]); err == nil {
		return own
	}
	return otherwise
}

func (g *group) threshold(otherwise float64) float64 {
	if own, err := strconv.ParseFloat(g.object.GetAnnotations()[optionsPrefix+"scaledownutilizationthreshold"], 64); err == nil {
		return own
	}
	return otherwise
}

// resize refuses what the real one refuses, for one: to take a machine from a group that is above its largest number.
func (c *clients) resize(ctx context.Context, g *group, size int) error {
	switch {
	case size > g.max:
		return fmt.Errorf("size increase too large - desired:%d max:%d", size, g.max)
	case size < g.min:
		return fmt.Errorf("size decrease too large - desired:%d min:%d", size, g.min)
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"replicas": size}})
	if err != nil {
		return err
	}
	deployments := c.management.Resource(c.resource("machinedeployments")).Namespace(g.object.GetNamespace())
	if _, err := deployments.Patch(ctx, g.object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{}, "scale"); err != nil {
		return err
	}
	g.target = size
	return nil
}

// size of a group as its scale says it now.
func (c *clients) size(ctx context.Context, g *group) (int, error) {
	deployments := c.management.Resource(c.resource("machinedeployments")).Namespace(g.object.GetNamespace())
	scale, err := deployments.Get(ctx, g.object.GetName(), metav1.GetOptions{}, "scale")
	if err != nil {
		return 0, err
	}
	replicas, _, err := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	return int(replicas), err
}

// remove takes one machine out of its group: it is marked, and the group wants one less.
func (c *clients) remove(ctx context.Context, g *group, name string) error {
	size, err := c.size(ctx, g)
	if err != nil {
		return err
	}
	if size <= g.min {
		return fmt.Errorf("min size reached, nodes will not be deleted")
	}
	if err := c.mark(ctx, g, name, true); err != nil {
		return err
	}
	if err := c.resize(ctx, g, size-1); err != nil {
		_ = c.mark(ctx, g, name, false)
		return err
	}
	return nil
}

func (c *clients) mark(ctx context.Context, g *group, name string, doomed bool) error {
	machines := c.management.Resource(c.resource("machines")).Namespace(g.object.GetNamespace())
	o, err := machines.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	delete(annotations, deleteMachineAnnotation)
	if doomed {
		annotations[deleteMachineAnnotation] = time.Now().String()
	}
	o.SetAnnotations(annotations)
	_, err = machines.Update(ctx, o, metav1.UpdateOptions{})
	return err
}
