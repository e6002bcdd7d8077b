package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pkg/sftp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// copyToRemote is command:remote:CopyToRemote.
func copyToRemote() *managed {
	send := func(ctx context.Context, inputs resource.PropertyMap) (resource.PropertyMap, error) {
		return resource.PropertyMap{}, sendSource(ctx, inputs)
	}
	return &managed{
		kinds: map[resource.PropertyKey]kind{
			"connection": isObject, "triggers": isAnyList, "source": isFile, "remotePath": isText,
		},
		required: []resource.PropertyKey{"connection", "source", "remotePath"},
		secret:   []resource.PropertyKey{"connection"},
		made:     func(resource.PropertyMap) []resource.PropertyKey { return nil },
		complete: func(inputs resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure) {
			completed, failures := completeConnection(inputs)
			return completed, append(failures, checkSource(inputs["source"])...)
		},
		idPrefix: func(string) string { return "" },
		create:   send,
		update: func(ctx context.Context, before, inputs resource.PropertyMap) (resource.PropertyMap, error) {
			changed := provider.ChangedKeys(
				resource.PropertyMap{"source": before["source"], "remotePath": before["remotePath"]},
				resource.PropertyMap{"source": inputs["source"], "remotePath": inputs["remotePath"]},
			)
			if len(changed) == 0 {
				return resource.PropertyMap{}, nil
			}
			return send(ctx, inputs)
		},
	}
}

func checkSource(source resource.PropertyValue) []plugin.CheckFailure {
	known := source.IsAsset() && (source.AssetValue().IsPath() || source.AssetValue().IsText()) ||
		source.IsArchive() && source.ArchiveValue().IsPath()
	if known || !source.IsAsset() && !source.IsArchive() {
		return nil
	}
	return []plugin.CheckFailure{{
		Property: "source",
		Reason:   "source: neither a file nor a text — must be a FileAsset, a StringAsset or a FileArchive; use one of these",
	}}
}

// sendSource copies a text, a file or a folder to the other end of the connection.
func sendSource(ctx context.Context, inputs resource.PropertyMap) error {
	connection := inputs["connection"].ObjectValue()
	client, err := connect(ctx, connection)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // everything is sent
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer stop()
	files, err := sftp.NewClient(client)
	if err != nil {
		return fmt.Errorf("copy to %s: the machine offers no SFTP: %w", text(connection, "host"), err)
	}
	defer files.Close() //nolint:errcheck // everything is sent
	target := remoteTree{files}
	source, to := inputs["source"], text(inputs, "remotePath")
	switch {
	case source.IsAsset() && source.AssetValue().IsText():
		err = target.write(to, strings.NewReader(source.AssetValue().Text))
	case source.IsAsset():
		err = target.send(source.AssetValue().Path, to)
	default:
		err = target.send(source.ArchiveValue().Path, to)
	}
	if err != nil {
		return fmt.Errorf("copy to %s: %w", text(connection, "host"), err)
	}
	return nil
}

// remoteTree is the file system at the other end.
type remoteTree struct{ *sftp.Client }

// send copies a file or a folder. An existing folder takes it in; a folder given with a slash at its end gives its
// contents instead of itself, as cp does.
func (t remoteTree) send(from, to string) error {
	local, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	isFolder, exists, err := t.kindOf(to)
	if err != nil {
		return err
	}
	switch {
	case !local.IsDir() && isFolder:
		return t.sendFile(from, path.Join(to, filepath.Base(from)))
	case !local.IsDir():
		return t.sendFile(from, to)
	case exists && !isFolder:
		return fmt.Errorf("%s is a file — a folder cannot take its place; choose another remotePath", to)
	case !strings.HasSuffix(from, "/"):
		to = path.Join(to, filepath.Base(from))
	}
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		below, err := filepath.Rel(from, name)
		if err != nil {
			return fmt.Errorf("source: %w", err)
		}
		there := path.Join(to, filepath.ToSlash(below))
		if !entry.IsDir() {
			return t.sendFile(name, there)
		}
		if err := t.MkdirAll(there); err != nil {
			return fmt.Errorf("make folder %s: %w", there, err)
		}
		return nil
	})
}

func (t remoteTree) sendFile(from, to string) error {
	file, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	return t.write(to, file)
}

func (t remoteTree) write(to string, content io.Reader) error {
	if isFolder, _, err := t.kindOf(to); err != nil {
		return err
	} else if isFolder {
		return fmt.Errorf("%s is a folder — a text needs the name of a file; give the whole path", to)
	}
	if err := t.MkdirAll(path.Dir(to)); err != nil {
		return fmt.Errorf("make folder %s: %w", path.Dir(to), err)
	}
	file, err := t.Create(to)
	if err != nil {
		return fmt.Errorf("create %s: %w", to, err)
	}
	if _, err := file.ReadFrom(content); err != nil {
		_ = file.Close() // the error that matters is the other one
		return fmt.Errorf("write %s: %w", to, err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write %s: %w", to, err)
	}
	return nil
}

func (t remoteTree) kindOf(name string) (isFolder, exists bool, err error) {
	info, err := t.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, false, nil
	case err != nil:
		return false, false, fmt.Errorf("look at %s: %w", name, err)
	default:
		return info.IsDir(), true, nil
	}
}
