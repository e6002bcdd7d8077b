package workloads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// tokenMount is where every container finds the token of its pod, unless the pod says that it wants none.
const tokenMount = "/var/run/secrets/kubernetes.io/serviceaccount"

// files of a volume by path.
type files map[string][]byte

// fill brings the volumes of a pod up to date, as kubelet does at the start and every minute, and returns the folder of
// each. What a volume is made of has to be there, unless it is optional.
func (r *Runner) fill(ctx context.Context, pod *corev1.Pod, dir string) (map[string]string, error) {
	folders := map[string]string{}
	for i, volume := range pod.Spec.Volumes {
		// short, because paths of sockets must be
		folder := filepath.Join(dir, fmt.Sprintf("v%d", i))
		folders[volume.Name] = folder
		content, err := r.content(ctx, pod, volume, folder)
		if err != nil {
			return nil, fmt.Errorf("volume %s: %w", volume.Name, err)
		}
		if content == nil {
			err = os.MkdirAll(folder, 0o700)
		} else {
			err = content.write(folder)
		}
		if err != nil {
			return nil, fmt.Errorf("volume %s: %w", volume.Name, err)
		}
	}
	return folders, nil
}

// content of a volume; nil for one that is only a folder: emptyDir, and everything that no fake has.
func (r *Runner) content(ctx context.Context, pod *corev1.Pod, volume corev1.Volume, folder string) (files, error) {
	switch {
	case volume.Secret != nil:
		return r.secret(ctx, pod.Namespace, volume.Secret.SecretName, volume.Secret.Items, isTrue(volume.Secret.Optional))
	case volume.ConfigMap != nil:
		return r.configMap(ctx, pod.Namespace, volume.ConfigMap.Name, volume.ConfigMap.Items, isTrue(volume.ConfigMap.Optional))
	case volume.DownwardAPI != nil:
		return downward(pod, volume.DownwardAPI.Items)
	case volume.Projected != nil:
		all := files{}
		for _, source := range volume.Projected.Sources {
			part, err := r.projection(ctx, pod, source, folder)
			if err != nil {
				return nil, err
			}
			for name, data := range part {
				all[name] = data
			}
		}
		return all, nil
	}
	return nil, nil
}

func (r *Runner) projection(ctx context.Context, pod *corev1.Pod, source corev1.VolumeProjection, folder string) (files, error) {
	switch {
	case source.Secret != nil:
		return r.secret(ctx, pod.Namespace, source.Secret.Name, source.Secret.Items, isTrue(source.Secret.Optional))
	case source.ConfigMap != nil:
		return r.configMap(ctx, pod.Namespace, source.ConfigMap.Name, source.ConfigMap.Items, isTrue(source.ConfigMap.Optional))
	case source.DownwardAPI != nil:
		return downward(pod, source.DownwardAPI.Items)
	case source.ServiceAccountToken != nil:
		token, err := r.token(ctx, pod, *source.ServiceAccountToken, filepath.Join(folder, source.ServiceAccountToken.Path))
		return files{source.ServiceAccountToken.Path: token}, err
	}
	return files{}, nil
}

func (r *Runner) secret(ctx context.Context, namespace, name string, items []corev1.KeyToPath, optional bool) (files, error) {
	var secret corev1.Secret
	if err := r.Cluster.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &secret); err != nil {
		return files{}, absent(err, optional)
	}
	chosen, err := pick(secret.Data, items, optional)
	if err != nil {
		return nil, fmt.Errorf("Secret %s: %w", name, err)
	}
	for file, data := range chosen {
		if chosen[file], err = r.localise(ctx, data); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

func (r *Runner) configMap(ctx context.Context, namespace, name string, items []corev1.KeyToPath, optional bool) (files, error) {
	var object corev1.ConfigMap
	if err := r.Cluster.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &object); err != nil {
		return files{}, absent(err, optional)
	}
	data := map[string][]byte{}
	for key, text := range object.Data {
		data[key] = []byte(text)
	}
	for key, binary := range object.BinaryData {
		data[key] = binary
	}
	chosen, err := pick(data, items, optional)
	if err != nil {
		return nil, fmt.Errorf("ConfigMap %s: %w", name, err)
	}
	return chosen, nil
}

// absent is no fault where a source is optional; else the pod waits for it.
func absent(err error, optional bool) error {
	switch {
	case !apierrors.IsNotFound(err):
		return err
	case optional:
		return nil
	}
	return reconcile.Waiting("%v", err)
}

// pick chooses keys and gives them paths; without a choice, each key is a file of its name.
func pick(data map[string][]byte, items []corev1.KeyToPath, optional bool) (files, error) {
	if len(items) == 0 {
		items = nil
		for key := range data {
			items = append(items, corev1.KeyToPath{Key: key, Path: key})
		}
	}
	out := files{}
	for _, item := range items {
		value, found := data[item.Key]
		if !found && !optional {
			return nil, reconcile.Waiting("no key %q", item.Key)
		}
		if found {
			out[item.Path] = value
		}
	}
	return out, nil
}

func downward(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) (files, error) {
	out := files{}
	for _, item := range items {
		if item.FieldRef == nil {
			continue // resources: none is limited here
		}
		value, err := field(pod, item.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		out[item.Path] = []byte(value)
	}
	return out, nil
}

// token is one of the pod's ServiceAccount, bound to the pod. The one that is there is kept for most of its life.
func (r *Runner) token(ctx context.Context, pod *corev1.Pod, wanted corev1.ServiceAccountTokenProjection, file string) ([]byte, error) {
	seconds := int64(3600)
	if wanted.ExpirationSeconds != nil {
		seconds = *wanted.ExpirationSeconds
	}
	if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) < time.Duration(seconds)*time.Second*2/3 {
		return os.ReadFile(file)
	}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{
		ExpirationSeconds: &seconds,
		BoundObjectRef:    &authenticationv1.BoundObjectReference{APIVersion: "v1", Kind: "Pod", Name: pod.Name, UID: pod.UID},
	}}
	if wanted.Audience != "" {
		request.Spec.Audiences = []string{wanted.Audience}
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Spec.ServiceAccountName}}
	if err := r.Cluster.SubResource("token").Create(ctx, account, request); err != nil {
		return nil, fmt.Errorf("token of ServiceAccount %s: %w", account.Name, err)
	}
	return []byte(request.Status.Token), nil
}

// write makes a folder hold these files and no others. What has not changed is not touched.
func (f files) write(folder string) error {
	for name, data := range f {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if have, err := os.ReadFile(file); err == nil && bytes.Equal(have, data) {
			continue
		}
		if err := atomicfile.Write(file, data, 0o600); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	wanted := sets.KeySet(f)
	return filepath.WalkDir(folder, func(found string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, found)
		if err != nil || wanted.Has(filepath.ToSlash(name)) {
			return err
		}
		return os.Remove(found)
	})
}

// mountsOf a container, in folders of this machine.
func mountsOf(container corev1.Container, folders map[string]string) (mounts, error) {
	var out mounts
	for _, each := range container.VolumeMounts {
		folder, found := folders[each.Name]
		if !found {
			return nil, fmt.Errorf("container %s: mounts volume %s, which the pod does not have", container.Name, each.Name)
		}
		target := path.Clean(each.MountPath)
		if target == "/" {
			continue
		}
		if each.SubPathExpr != "" {
			return nil, fmt.Errorf("container %s: subPathExpr of volume %s — the sandbox has no such paths", container.Name, each.Name)
		}
		out = append(out, mount{path: target, folder: filepath.Join(folder, filepath.FromSlash(each.SubPath))})
	}
	return out, nil
}

// field of a pod, as fieldRef names it.
func field(pod *corev1.Pod, name string) (string, error) {
	switch name {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.podIP":
		return pod.Status.PodIP, nil
	case "status.hostIP":
		return pod.Status.HostIP, nil
	}
	for prefix, values := range map[string]map[string]string{"metadata.labels": pod.Labels, "metadata.annotations": pod.Annotations} {
		if key, found := strings.CutPrefix(name, prefix+"['"); found {
			return values[strings.TrimSuffix(key, "']")], nil
		}
	}
	return "", fmt.Errorf("field %s: not one that the sandbox knows", name)
}

func isTrue(value *bool) bool { return value != nil && *value }

// variables of a container, in their order; a later one may refer to earlier ones.
func (r *Runner) variables(ctx context.Context, pod *corev1.Pod, container corev1.Container) ([]string, map[string]string, error) {
	var names []string
	values := map[string]string{}
	set := func(name, value string) {
		if _, found := values[name]; !found {
			names = append(names, name)
		}
		values[name] = value
	}
	for _, source := range container.EnvFrom {
		var all files
		var err error
		switch {
		case source.SecretRef != nil:
			all, err = r.secret(ctx, pod.Namespace, source.SecretRef.Name, nil, isTrue(source.SecretRef.Optional))
		case source.ConfigMapRef != nil:
			all, err = r.configMap(ctx, pod.Namespace, source.ConfigMapRef.Name, nil, isTrue(source.ConfigMapRef.Optional))
		}
		if err != nil {
			return nil, nil, err
		}
		for name, value := range all {
			set(source.Prefix+name, string(value))
		}
	}
	for _, entry := range container.Env {
		if entry.ValueFrom == nil {
			set(entry.Name, expand(entry.Value, values))
			continue
		}
		value, found, err := r.variable(ctx, pod, entry.ValueFrom)
		if err != nil {
			return nil, nil, fmt.Errorf("variable %s: %w", entry.Name, err)
		}
		if found {
			set(entry.Name, value)
		}
	}
	return names, values, nil
}

func (r *Runner) variable(ctx context.Context, pod *corev1.Pod, source *corev1.EnvVarSource) (value string, found bool, err error) {
	var all files
	switch {
	case source.FieldRef != nil:
		value, err = field(pod, source.FieldRef.FieldPath)
		return value, true, err
	case source.SecretKeyRef != nil:
		ref := source.SecretKeyRef
		all, err = r.secret(ctx, pod.Namespace, ref.Name, []corev1.KeyToPath{{Key: ref.Key, Path: ref.Key}}, isTrue(ref.Optional))
		data, found := all[ref.Key]
		return string(data), found, err
	case source.ConfigMapKeyRef != nil:
		ref := source.ConfigMapKeyRef
		all, err = r.configMap(ctx, pod.Namespace, ref.Name, []corev1.KeyToPath{{Key: ref.Key, Path: ref.Key}}, isTrue(ref.Optional))
		data, found := all[ref.Key]
		return string(data), found, err
	}
	return "", false, errors.New("a source that the sandbox does not know")
}
