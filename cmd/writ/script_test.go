package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the wanted output in testdata/script anew")

// TestScripts runs the transcripts of testdata/script. Beside testscript's own
// commands and writ itself there are:
//
//	server start [ARGS]   starts "writ dev" on the folder data and a free port, as the root user
//	server kill           kills it as a power failure would; server start goes on from there
//	server stop           ends it as an operator would
//	serve start|stop      likewise "writ serve"; its root key is read from root.json
//	aws ARGS              the AWS command line; ids, keys and times are masked in what it prints
//	as NAME               uses the keys of a user, or those that create-access-key or assume-role
//	                      printed, under the user's or session's name; root is the root user
//	account NAME ID       makes an account; as NAME is its root user
//	lasts DURATION        compares the lifetime of the credentials that were printed last
//	clock DURATION        moves the server's clock
//	skew DURATION         moves the client's clock; needs the command in Go
//	alter VARIABLE        changes one character of a variable
//	presign VARIABLE EXPIRES AGE URI   signs a URL that was made AGE ago
//	fetch URL             gets a URL as a browser does, redirects and cookies included, and prints status and body
//	page METHOD PATH      calls one of writ's own pages and prints status and body
//	raw SERVICE ACTION    sends an awsQuery call and prints status and body; -unsigned signs it not
//	grab VARIABLE PATTERN takes what the pattern's group finds in the last output
//	status N PROGRAM ARGS runs a program, which must end with status N
//	masked                masks ids, keys and times in the last output
//	follow start, follow PATTERN       runs "writ events --follow" until an event matches
//
// With WRIT_AWS_CLI set, aws is the program of that name: the true AWS CLI
// must print the same.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup:              setup,
		Condition: func(cond string) (bool, error) {
			return cond == "go-aws" && os.Getenv("WRIT_AWS_CLI") == "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server": sceneCommand((*scene).server), "aws": sceneCommand((*scene).aws), "as": sceneCommand((*scene).as),
			"account": sceneCommand((*scene).account), "lasts": sceneCommand((*scene).lasts), "clock": sceneCommand((*scene).clock),
			"skew": sceneCommand((*scene).skewClient), "alter": sceneCommand((*scene).alter), "presign": sceneCommand((*scene).presign),
			"fetch": sceneCommand((*scene).fetch), "follow": sceneCommand((*scene).follow), "serve": sceneCommand((*scene).serve),
			"page": sceneCommand((*scene).page), "raw": sceneCommand((*scene).raw), "grab": sceneCommand((*scene).grab),
			"masked": sceneCommand((*scene).masked), "status": status,
		},
	})
}

// sceneCommand makes a script command of a scene's method. A method returns
// whether the command succeeded; what makes no sense at all it reports itself.
func sceneCommand(method func(*scene, *testscript.TestScript, []string) bool) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if ok := method(ts.Value(sceneKey{}).(*scene), ts, args); ok == neg {
			if neg {
				ts.Fatalf("unexpected success of %s", strings.Join(args, " "))
			}
			ts.Fatalf("%s failed", strings.Join(args, " "))
		}
	}
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARGS")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if args[0] != strconv.Itoa(got) {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func setup(env *testscript.Env) error {
	s := &scene{keys: map[string]keys{}}
	env.Values[sceneKey{}] = s
	env.Defer(s.end)
	env.Setenv("TZ", "UTC")
	env.Setenv("AWS_REGION", region)
	env.Setenv("AWS_DEFAULT_REGION", region)
	env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	env.Setenv("ACCT", testAccount)
	return nil
}
