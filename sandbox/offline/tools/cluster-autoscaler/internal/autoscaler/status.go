package autoscaler

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const (
	statusName = "cluster-autoscaler-status"
	timeFormat = "2006-01-02 15:04:05.999999999 -0700 MST"
)

type condition struct {
	Status string `json:"status"`
	// Candidates for a scale-down.
	Candidates int `json:"candidates,omitempty"`
}

type groupHealth struct {
	Status              string `json:"status"`
	CloudProviderTarget int    `json:"cloudProviderTarget"`
	MinSize             int    `json:"minSize"`
	MaxSize             int    `json:"maxSize"`
}

type groupStatus struct {
	Name      string      `json:"name"`
	Health    groupHealth `json:"health"`
	ScaleUp   condition   `json:"scaleUp"`
	ScaleDown condition   `json:"scaleDown"`
}

// status has the fields of the real one that are of use here.
type status struct {
	Time             string `json:"time"`
	AutoscalerStatus string `json:"autoscalerStatus"`
	ClusterWide      struct {
		Health    condition `json:"health"`
		ScaleUp   condition `json:"scaleUp"`
		ScaleDown condition `json:"scaleDown"`
	} `json:"clusterWide"`
	NodeGroups []groupStatus `json:"nodeGroups"`
}

func healthy(yes bool) string {
	if yes {
		return "Healthy"
	}
	return "Unhealthy"
}

func (s *scaler) status(w *world, now time.Time) status {
	out := status{Time: now.Format(timeFormat), AutoscalerStatus: "Running"}
	out.ClusterWide.Health.Status = healthy(w.healthy())
	out.ClusterWide.ScaleUp.Status, out.ClusterWide.ScaleDown.Status = "NoActivity", "NoCandidates"
	if s.candidateCount > 0 {
		out.ClusterWide.ScaleDown = condition{Status: "CandidatesPresent", Candidates: s.candidateCount}
	}
	for _, g := range w.groups {
		each := groupStatus{
			Name: g.id(), Health: groupHealth{Status: healthy(true), CloudProviderTarget: g.target, MinSize: g.min, MaxSize: g.max},
			ScaleUp: condition{Status: "NoActivity"}, ScaleDown: condition{Status: "NoCandidates"},
		}
		switch {
		case s.backedOff(g, now):
			each.ScaleUp.Status, each.Health.Status = "Backoff", healthy(false)
		case w.upcoming(g) > 0:
			each.ScaleUp.Status, out.ClusterWide.ScaleUp.Status = "InProgress", "InProgress"
		}
		for _, m := range g.machines {
			if _, unneeded := s.unneededSince[m.node]; unneeded && m.node != "" {
				each.ScaleDown.Status = "CandidatesPresent"
				each.ScaleDown.Candidates++
			}
		}
		out.NodeGroups = append(out.NodeGroups, each)
	}
	return out
}

// report writes the status where the real one does.
func (c *clients) report(ctx context.Context, namespace string, s status) error {
	text, err := yaml.Marshal(s)
	if err != nil {
		return err
	}
	maps := c.workload.CoreV1().ConfigMaps(namespace)
	found, err := maps.Get(ctx, statusName, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	fill := func(o *corev1.ConfigMap) {
		o.Data = map[string]string{"status": string(text)}
		if o.Annotations == nil {
			o.Annotations = map[string]string{}
		}
		o.Annotations["cluster-autoscaler.kubernetes.io/last-updated"] = s.Time
	}
	if err == nil {
		fill(found)
		_, err = maps.Update(ctx, found, metav1.UpdateOptions{})
		return err
	}
	made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: statusName}}
	fill(made)
	_, err = maps.Create(ctx, made, metav1.CreateOptions{})
	return err
}
