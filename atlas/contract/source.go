package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"
)

// module is Atlas's Go SDK. Its version is the one that go.mod pins.
const module = "go.mongodb.org/atlas-sdk/v20250312001"

// read finds the document and decodes it.
func read(ctx context.Context) (map[string]any, error) {
	dir, err := moduleDir(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "openapi", "atlas-api.yaml"))
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	var doc any
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("decode the OpenAPI document: %w", err)
	}
	m, ok := jsonable(doc).(map[string]any)
	if !ok {
		return nil, errors.New("the OpenAPI document of Atlas is not an object")
	}
	return m, nil
}

// moduleDir asks the go command, which fetches the module if it has to.
func moduleDir(ctx context.Context) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("find module %s: %w: %s%s", module, err, stderr.Bytes(), stdout.Bytes())
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(stdout.Bytes(), &found); err != nil || found.Dir == "" {
		return "", fmt.Errorf("find module %s: the go command named no directory", module)
	}
	return found.Dir, nil
}

// jsonable turns what YAML has and JSON has not into strings: keys that are
// numbers, dates.
func jsonable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = jsonable(inner)
		}
		return v
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, inner := range v {
			m[fmt.Sprint(k)] = jsonable(inner)
		}
		return m
	case []any:
		for i, inner := range v {
			v[i] = jsonable(inner)
		}
		return v
	case time.Time:
		return v.Format(time.DateOnly)
	}
	return v
}
