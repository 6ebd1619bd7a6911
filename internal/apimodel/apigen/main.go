// Command apigen makes the generated API packages, and the reduced models that
// they are made from.
//
//	apigen SERVICE                    write the *_gen.go files of a service here
//	apigen -reduce DATA -models DIR   reduce the models of a botocore data folder
//
// DATA is the folder botocore/data of an installed botocore.
package main

import (
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/writ-iam/writ/internal/apimodel"
)

func main() {
	data := flag.String("reduce", "", "botocore data `folder` to make reduced models from")
	models := flag.String("models", "models", "`folder` for the reduced models")
	flag.Parse()
	if err := run(*data, *models, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "apigen:", err)
		os.Exit(1)
	}
}

func run(data, models string, args []string) error {
	if data != "" {
		return reduceAll(data, models)
	}
	if len(args) != 1 {
		return errors.New("want the name of one service")
	}
	return generate(args[0], ".")
}

func generate(service, dir string) error {
	m, err := apimodel.Load(service)
	if err != nil {
		return err
	}
	files, err := apimodel.Generate(m, apimodel.Overlays[service])
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func reduceAll(data, dir string) error {
	version, err := botocoreVersion(data)
	if err != nil {
		return err
	}
	for service, o := range apimodel.Overlays {
		name := filepath.Join(service, o.Version, "service-2.json.gz")
		text, err := readGzip(filepath.Join(data, name))
		if err != nil {
			return err
		}
		reduced, err := apimodel.Reduce(text, fmt.Sprintf("botocore %s, botocore/data/%s", version, filepath.ToSlash(name)))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, service+".json"), reduced, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var versionLine = regexp.MustCompile(`(?m)^__version__ = '([^']+)'`)

func botocoreVersion(data string) (string, error) {
	text, err := os.ReadFile(filepath.Join(data, "..", "__init__.py"))
	if err != nil {
		return "", err
	}
	m := versionLine.FindSubmatch(text)
	if m == nil {
		return "", errors.New("no __version__ in botocore/__init__.py")
	}
	return string(m[1]), nil
}

func readGzip(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
