package awscmd

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/wire"
)

const (
	chooseHeader   = "x-amz-sdk-checksum-algorithm"
	checksumPrefix = "X-Amz-Checksum-"
)

var checksums = map[string]func() hash.Hash{
	"CRC32":  func() hash.Hash { return crc32.NewIEEE() },
	"CRC32C": func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"SHA1":   sha1.New,
	"SHA256": sha256.New,
}

// addChecksum adds the checksum of a body to the calls that may carry one:
// the algorithm that was chosen, else CRC-32, as today's SDKs do. One that
// stands there already is kept.
func addChecksum(h http.Header, in any, body io.ReadSeeker) error {
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil || size == 0 || !mayCarryChecksum(in) {
		return err
	}
	for name := range h {
		if strings.HasPrefix(name, checksumPrefix) {
			return nil
		}
	}
	algorithm := h.Get(chooseHeader)
	if algorithm == "" {
		algorithm = "CRC32"
	}
	newHash, ok := checksums[algorithm]
	if !ok {
		return usagef("argument --checksum-algorithm: %s is not built into this command; choose CRC32, CRC32C, SHA1 or SHA256", algorithm)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := newHash()
	if _, err := io.Copy(sum, body); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	h.Set(chooseHeader, algorithm)
	h.Set(checksumPrefix+algorithm, base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	return nil
}

func mayCarryChecksum(in any) bool {
	s, _ := wire.Target(in)
	for i := range s.Fields {
		if s.Fields[i].Name == chooseHeader {
			return true
		}
	}
	return false
}
