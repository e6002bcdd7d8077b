package kubevirt

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// volumeOptions is the body of addvolume and removevolume.
type volumeOptions struct {
	Name         string         `json:"name"`
	Disk         map[string]any `json:"disk"`
	VolumeSource map[string]any `json:"volumeSource"`
}

// refusal is what virt-api answers with another status than 2xx.
type refusal struct {
	status int
	text   string
}

func (r refusal) Error() string { return r.text }

func bad(format string, args ...any) error {
	return refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// subresources is as much of virt-api as attaches and detaches volumes. Who may call it, the API server has decided.
func (d *Fake) subresources() http.Handler {
	mux := http.NewServeMux()
	const group = "/apis/subresources.kubevirt.io"
	mux.HandleFunc("GET "+group+"/v1", func(w http.ResponseWriter, _ *http.Request) {
		var resources []any
		for _, kind := range []string{"virtualmachines", "virtualmachineinstances"} {
			for _, action := range []string{"addvolume", "removevolume"} {
				resources = append(resources, map[string]any{
					"name": kind + "/" + action, "singularName": "", "namespaced": true, "kind": "", "verbs": []string{"update"},
				})
			}
		}
		reply(w, http.StatusOK, map[string]any{
			"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "subresources.kubevirt.io/v1", "resources": resources,
		})
	})
	for name, kind := range map[string]schema.GroupVersionKind{"virtualmachines": machineKind, "virtualmachineinstances": instanceKind} {
		for action, change := range map[string]func(*unstructured.Unstructured, volumeOptions) error{"addvolume": add, "removevolume": remove} {
			mux.HandleFunc("PUT "+group+"/v1/namespaces/{namespace}/"+name+"/{name}/"+action, func(w http.ResponseWriter, r *http.Request) {
				var options volumeOptions
				err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&options)
				if err != nil {
					err = bad("Can not unmarshal Request body to struct, error: %v", err)
				} else {
					key := types.NamespacedName{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}
					err = d.changeVolumes(r.Context(), kind, key, options, change)
				}
				switch fault, ok := err.(refusal); {
				case err == nil:
					w.WriteHeader(http.StatusAccepted)
				case ok:
					reply(w, fault.status, statusOf(fault))
				default:
					reply(w, http.StatusInternalServerError, statusOf(refusal{http.StatusInternalServerError, err.Error()}))
				}
			})
		}
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return mux
}

func statusOf(fault refusal) map[string]any {
	return map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": fault.text, "code": fault.status}
}

func reply(w http.ResponseWriter, code int, object any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object)
}

func (d *Fake) changeVolumes(
	ctx context.Context, kind schema.GroupVersionKind, key types.NamespacedName, options volumeOptions,
	change func(*unstructured.Unstructured, volumeOptions) error,
) error {
	if open, err := d.hotplugs(ctx); err != nil {
		return err
	} else if !open {
		return bad("Unable to Add Volume because HotplugVolumes feature gate is not enabled.")
	}
	object, err := d.Cluster.Find(ctx, kind, key)
	if err != nil {
		return err
	}
	if object == nil {
		return refusal{http.StatusNotFound, fmt.Sprintf("%s.kubevirt.io %q not found", kind.Kind, key.Name)}
	}
	return d.Cluster.Change(ctx, object, func(o *unstructured.Unstructured) error { return change(o, options) })
}

// hotplugs reports whether KubeVirt lets volumes be attached to machines that run.
func (d *Fake) hotplugs(ctx context.Context) (bool, error) {
	list, err := d.Cluster.All(ctx, installationKind)
	if err != nil {
		return false, err
	}
	for _, each := range list {
		gates, _, _ := unstructured.NestedStringSlice(each.Object, "spec", "configuration", "developerConfiguration", "featureGates")
		if slices.Contains(gates, "HotplugVolumes") || slices.Contains(gates, "DeclarativeHotplugVolumes") {
			return true, nil
		}
	}
	return false, nil
}

// template is where the volumes of a machine, or of an instance, are.
func template(object *unstructured.Unstructured) []string {
	if object.GetKind() == machineKind.Kind {
		return []string{"spec", "template", "spec"}
	}
	return []string{"spec"}
}

func add(object *unstructured.Unstructured, options volumeOptions) error {
	switch {
	case options.Name == "":
		return bad("AddVolumeOptions requires name to be set")
	case options.Disk == nil:
		return bad("AddVolumeOptions requires disk to not be nil")
	case options.VolumeSource == nil:
		return bad("AddVolumeOptions requires VolumeSource to not be nil")
	}
	at := template(object)
	volumes, disks := append(slices.Clone(at), "volumes"), append(slices.Clone(at), "domain", "devices", "disks")
	if has(volumesOf(object, volumes...), options.Name) {
		return refusal{http.StatusConflict, fmt.Sprintf("Unable to add volume [%s] because volume with that name already exists", options.Name)}
	}
	volume := map[string]any{"name": options.Name}
	for source, fields := range options.VolumeSource {
		settings, ok := fields.(map[string]any)
		if !ok || (source != "dataVolume" && source != "persistentVolumeClaim") {
			return bad("volume source %s cannot be attached to a machine that runs", source)
		}
		settings["hotpluggable"] = true
		volume[source] = settings
	}
	disk := options.Disk
	disk["name"] = options.Name
	reconcile.Set(object, anys(append(volumesOf(object, volumes...), volume)), volumes...)
	reconcile.Set(object, anys(append(volumesOf(object, disks...), disk)), disks...)
	return nil
}

func remove(object *unstructured.Unstructured, options volumeOptions) error {
	if options.Name == "" {
		return bad("RemoveVolumeOptions requires name to be set")
	}
	at := template(object)
	volumes, disks := append(slices.Clone(at), "volumes"), append(slices.Clone(at), "domain", "devices", "disks")
	if !has(hotplugged(volumesOf(object, volumes...)), options.Name) {
		return refusal{http.StatusConflict, fmt.Sprintf("Unable to remove volume [%s] because it does not exist", options.Name)}
	}
	named := func(each map[string]any) bool { return each["name"] == options.Name }
	reconcile.Set(object, anys(slices.DeleteFunc(volumesOf(object, volumes...), named)), volumes...)
	reconcile.Set(object, anys(slices.DeleteFunc(volumesOf(object, disks...), named)), disks...)
	return nil
}
