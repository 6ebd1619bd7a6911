package wire

import (
	"encoding/base64"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// AppendText appends scalar v, of type t (a pointer already followed), as
// text. Nothing is escaped.
func AppendText(dst []byte, t *Type, v reflect.Value, f TimeFormat) []byte {
	switch t.Kind {
	case String:
		return append(dst, v.String()...)
	case Bool:
		return strconv.AppendBool(dst, v.Bool())
	case Int:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Float:
		return AppendFloat(dst, v.Float())
	case Time:
		return AppendTime(dst, TimeOf(v), f)
	case Blob:
		return base64.StdEncoding.AppendEncode(dst, v.Bytes())
	}
	panic("wire: not a scalar: " + t.Go.String())
}

// TimeOf returns the time that v holds.
func TimeOf(v reflect.Value) time.Time {
	if v.CanAddr() { // the pointer fits an interface without an allocation
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

// AppendFloat appends f in decimal, with an exponent only where it is very
// large or very small.
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

var (
	errBool  = errors.New("is not a boolean")
	errInt   = errors.New("is not an integer")
	errRange = errors.New("is out of range")
	errFloat = errors.New("is not a number")
	errBlob  = errors.New("is not base64")
)

// SetText reads text into scalar v, of type t (a pointer already filled). The
// error is a phrase that follows the member's name.
func SetText(t *Type, v reflect.Value, text string, f TimeFormat) error {
	switch t.Kind {
	case String:
		v.SetString(text)
		return nil
	case Bool:
		return setBool(v, text)
	case Int:
		return setInt(v, text)
	case Float:
		return setFloat(v, text)
	case Time:
		at, err := ParseTime(text, f)
		if err == nil {
			*v.Addr().Interface().(*time.Time) = at
		}
		return err
	case Blob:
		b, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return errBlob
		}
		v.SetBytes(b)
		return nil
	}
	panic("wire: not a scalar: " + t.Go.String())
}

// setBool accepts upper case too: the S3 User Guide's own examples of
// PutPublicAccessBlock write TRUE.
func setBool(v reflect.Value, text string) error {
	switch text {
	case "true", "True", "TRUE":
		v.SetBool(true)
	case "false", "False", "FALSE":
		v.SetBool(false)
	default:
		return errBool
	}
	return nil
}

func setInt(v reflect.Value, text string) error {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if errors.Is(err, strconv.ErrRange) {
		return errRange
	}
	if err != nil {
		return errInt
	}
	v.SetInt(n)
	return nil
}

func setFloat(v reflect.Value, text string) error {
	switch text {
	case "NaN":
		v.SetFloat(math.NaN())
		return nil
	case "Infinity":
		v.SetFloat(math.Inf(1))
		return nil
	case "-Infinity":
		v.SetFloat(math.Inf(-1))
		return nil
	}
	// ParseFloat also reads hexadecimal and "inf".
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return errFloat
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return errFloat
	}
	v.SetFloat(f)
	return nil
}
