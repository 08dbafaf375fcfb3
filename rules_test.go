package main

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// These tests are the rules of the repository, each with its reason. A rule is
// changed by changing its table here, with the reason beside it; an exemption
// that is no longer needed fails too.

// source is a Go file of the repository.
type source struct {
	path string // slash-separated, from the top
	dir  string // of its package; "." is the top
	test bool
	text []byte
	file *ast.File
}

// tree is all of it, parsed once.
type tree struct {
	fset  *token.FileSet
	files []source
}

var parsed = sync.OnceValues(parseTree)

func parseTree() (tree, error) {
	t := tree{fset: token.NewFileSet()}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || name == "bin" || name == "dist") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(name)
		t.files = append(t.files, source{slash, path.Dir(slash), strings.HasSuffix(slash, "_test.go"), text, file})
		return nil
	})
	return t, err
}

func readTree(t *testing.T) tree {
	t.Helper()
	tr, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// at is a position as a person wants it.
func (t tree) at(p token.Pos) string {
	pos := t.fset.Position(p)
	return fmt.Sprintf("%s:%d", filepath.ToSlash(pos.Filename), pos.Line)
}

// within reports whether a package's folder is dir or below it.
func within(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

// module is the prefix of our own import paths.
const module = "gmosh/"

// arrows says which packages of gmosh those below a folder may import; the first
// row that fits counts. It is section 1 of the design: the two halves and
// bootstrap know nothing of each other, so that each can be read, tested and
// replaced alone; client/app is the one place that wires them.
var arrows = []struct {
	from string
	to   []string
}{
	{".", []string{"client", "client/app", "server"}},
	{"client/app", []string{"client", "bootstrap", "sshconf", "server", "protocol"}},
	{"client", []string{"client", "protocol"}},
	{"server", []string{"server", "protocol"}},
	{"bootstrap", []string{"bootstrap", "sshconf", "protocol"}},
	{"sshconf", []string{"sshconf"}},
	{"protocol", []string{"protocol"}},
}

// testKits are for tests: what ships must not carry package testing.
var testKits = []string{"protocol/peertest", "protocol/simnet", "protocol/internal/section"}

// kitUsers are packages that ship with a kit in them: it must be pure.
var kitUsers = map[string]string{
	"client/app/demo": "protocol/simnet", // the demo's bad link is the simulations'
}

func TestImportsFollowTheArrows(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		for _, spec := range f.file.Imports {
			to, ours := strings.CutPrefix(importPath(spec), module)
			if !ours || f.dir == "." && f.test {
				continue // the repository's own tests look at everything
			}
			if f.test && slices.Contains(testKits, to) {
				continue // a kit serves the tests of every package
			}
			if !allowedArrow(f.dir, to) {
				t.Errorf("%s: %s must not import %s", tr.at(spec.Pos()), f.dir, to)
			}
			if slices.Contains(testKits, to) && !f.test && !slices.Contains(testKits, f.dir) && kitUsers[f.dir] != to {
				t.Errorf("%s: %s is for tests", tr.at(spec.Pos()), to)
			}
		}
	}
}

func allowedArrow(from, to string) bool {
	for _, a := range arrows {
		if !within(from, a.from) {
			continue
		}
		for _, dir := range a.to {
			if from == "." && to == dir || from != "." && within(to, dir) {
				// client does not import what wires it.
				return a.from != "client" || !within(to, "client/app")
			}
		}
		return false
	}
	return false
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value)
	return p
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	tr := readTree(t)
	documented := make(map[string]bool)
	for _, f := range tr.files {
		if !f.test && !ignored(f) {
			documented[f.dir] = documented[f.dir] || f.file.Doc != nil
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment: a reader starts there", dir)
		}
	}
}

// ignored reports whether a file is no part of a build: a generator's program,
// which the go command runs by its name.
func ignored(f source) bool {
	return bytes.Contains(f.text[:f.file.Package-f.file.FileStart], []byte("//go:build ignore"))
}

func generated(f source) bool { return ast.IsGenerated(f.file) }

func TestEveryExportedNameIsDocumented(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		if f.test || ignored(f) || generated(f) || f.file.Name.Name == "main" {
			continue
		}
		for _, decl := range f.file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no comment: its shapes, units and errors are part of it", tr.at(name.Pos()), name.Name)
			}
		}
	}
}

// ofInterfaces are methods that do what their well-known interface says.
var ofInterfaces = []string{"Error", "Unwrap", "Is", "String"}

// undocumented returns the exported names a declaration declares without a
// comment. One comment does for a group.
func undocumented(decl ast.Decl) (names []*ast.Ident) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		method := d.Recv != nil
		if d.Doc == nil && d.Name.IsExported() && !(method && (!ast.IsExported(receiver(d)) || slices.Contains(ofInterfaces, d.Name.Name))) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if d.Doc == nil && s.Doc == nil && s.Name.IsExported() {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if d.Doc == nil && s.Doc == nil && s.Comment == nil && n.IsExported() {
						names = append(names, n)
					}
				}
			}
		}
	}
	return names
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	typ := d.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

func TestEveryFileIsFormatted(t *testing.T) {
	for _, f := range readTree(t).files {
		if want, err := format.Source(f.text); err != nil || !bytes.Equal(want, f.text) {
			t.Errorf("%s: run gofmt", f.path)
		}
	}
}

// pure are the packages that have no clock, socket, file, goroutine or global
// state (section 2 of the design): every hazard of theirs is then a fast test that
// comes out the same each time. A single file stands for the pure half of a
// package that is not.
var pure = []string{
	"protocol", "client/keys", "client/notice", "client/outer", "client/predict", "sshconf", "bootstrap/probe",
}

// impure are those below a pure folder that are not, and why.
var impure = map[string]string{
	"protocol/link":             "owns the sockets",
	"protocol/clock":            "reads the system's clock",
	"protocol/peertest":         "runs real programs in tests",
	"protocol/internal/section": "writes documents, for tests",
	"sshconf/system":            "answers sshconf's questions about the machine",
}

// impureImports are the packages a pure one does not import, and what is wrong
// with them. A path ending in a slash stands for all below it.
var impureImports = map[string]string{
	"net":                  "sockets",
	"net/http":             "sockets",
	"os":                   "files and the environment",
	"os/":                  "processes and signals",
	"io/ioutil":            "files",
	"syscall":              "the system",
	"golang.org/x/sys/":    "the system",
	"golang.org/x/term":    "the system",
	"golang.org/x/net/":    "sockets",
	"log":                  "a global logger",
	"log/slog":             "a global logger",
	"crypto/rand":          "a random source is an argument",
	"runtime":              "the scheduler and the system",
	"runtime/":             "the scheduler and the system",
	"unsafe":               "nothing here needs it",
	"testing":              "for tests",
	"github.com/creack/":   "the system",
	"golang.org/x/crypto/": "sockets",
}

// impureCalls are functions of packages that are all right otherwise.
var impureCalls = map[string][]string{
	"time":          {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"},
	"path/filepath": {"Abs", "EvalSymlinks", "Glob", "Walk", "WalkDir"},
	"math/rand":     {"*"}, // has a global source behind every function
	"math/rand/v2":  {"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint32", "Uint32N", "Uint64", "Uint64N", "Uint", "UintN", "N", "Float32", "Float64", "ExpFloat64", "NormFloat64", "Perm", "Shuffle"},
}

// pureExempt lists what pure packages may do all the same: file, then what, then
// why.
var pureExempt = map[string]map[string]string{}

func isPure(dir string) bool {
	if _, not := impure[dir]; not {
		return false
	}
	return slices.ContainsFunc(pure, func(p string) bool { return within(dir, p) })
}

func TestPurePackagesArePure(t *testing.T) {
	tr := readTree(t)
	used := make(map[string]bool)
	for _, f := range tr.files {
		if f.test || ignored(f) || generated(f) || !isPure(f.dir) {
			continue
		}
		complain := func(pos token.Pos, what, why string) {
			if _, ok := pureExempt[f.path][what]; ok {
				used[f.path+" "+what] = true
				return
			}
			t.Errorf("%s: %s in a pure package: %s", tr.at(pos), what, why)
		}
		for _, spec := range f.file.Imports {
			if why := impureImport(importPath(spec)); why != "" {
				complain(spec.Pos(), importPath(spec), why)
			}
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				complain(n.Pos(), "go", "goroutines belong to the loops")
			case *ast.SelectorExpr:
				if call := impureCall(f.file, n); call != "" {
					complain(n.Pos(), call, "time and chance are arguments")
				}
			}
			return true
		})
	}
	for dir := range impure {
		if !slices.ContainsFunc(tr.files, func(f source) bool { return f.dir == dir }) {
			t.Errorf("the exemption of %s is not needed", dir)
		}
	}
	for file, whats := range pureExempt {
		for what := range whats {
			if !used[file+" "+what] {
				t.Errorf("the exemption of %s in %s is not needed", what, file)
			}
		}
	}
}

func impureImport(p string) string {
	if why, ok := impureImports[p]; ok {
		return why
	}
	for prefix, why := range impureImports {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(p, prefix) {
			return why
		}
	}
	return ""
}

// impureCall returns the name of a function that n selects and that is impure.
func impureCall(file *ast.File, n *ast.SelectorExpr) string {
	x, ok := n.X.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, spec := range file.Imports {
		p := importPath(spec)
		names := impureCalls[p]
		if names != nil && importName(spec) == x.Name && (names[0] == "*" || slices.Contains(names, n.Sel.Name)) {
			return p + "." + n.Sel.Name
		}
	}
	return ""
}

var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// importName is the name a file knows an import by.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	return path.Base(majorVersion.ReplaceAllString(importPath(spec), ""))
}

// A test that sleeps is slow when it passes and wrong when the machine is slow.
// Time is an argument of the pure packages, fake in testing/synctest, and an event
// is waited for everywhere else (protocol/peertest).
func TestNoTestSleeps(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		if !f.test && !slices.Contains(testKits, f.dir) {
			continue
		}
		fake := slices.ContainsFunc(f.file.Imports, func(s *ast.ImportSpec) bool { return importPath(s) == "testing/synctest" })
		ast.Inspect(f.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && isCall(sel, "time", "Sleep") {
				t.Errorf("%s: a sleep", tr.at(n.Pos()))
			}
			stmt, ok := n.(*ast.ExprStmt)
			if !ok || fake {
				return true
			}
			recv, ok := stmt.X.(*ast.UnaryExpr)
			if !ok || recv.Op != token.ARROW {
				return true
			}
			if call, ok := recv.X.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && isCall(sel, "time", "After") {
					t.Errorf("%s: a sleep by another name", tr.at(n.Pos()))
				}
			}
			return true
		})
	}
}

func isCall(sel *ast.SelectorExpr, pkg, name string) bool {
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg && sel.Sel.Name == name
}

// What runs before main runs in every program and test that imports the package,
// in an order that nobody sees.
func TestNoInitFunctions(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		if generated(f) {
			continue
		}
		for _, decl := range f.file.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
				t.Errorf("%s: an init function: let the caller call, or a variable be initialised", tr.at(d.Pos()))
			}
		}
	}
}

// What ships has no C in it: it is built for every system from any, and has no
// libc to disagree with. (TestTheBinaryIsStatic looks at the result.)
func TestNoPackageImportsC(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		for _, spec := range f.file.Imports {
			if importPath(spec) == "C" {
				t.Errorf("%s: cgo", tr.at(spec.Pos()))
			}
		}
	}
}

// variablesExempt lists package variables that are assigned to, and why.
var variablesExempt = map[string]string{}

// A package variable that is assigned to is state that two sessions, or two tests,
// share unseen. This sees assignments, ++, and writes to elements and fields; it
// does not see what methods do, and so mutable types that exist to be changed are
// named below.
func TestPackageVariablesAreConstant(t *testing.T) {
	used := make(map[string]bool)
	for _, pkg := range loadPackages(t) {
		complain := func(pos token.Pos, name, what string) {
			full := strings.TrimPrefix(pkg.PkgPath, module) + "." + name
			if _, ok := variablesExempt[full]; ok {
				used[full] = true
				return
			}
			t.Errorf("%s: %s is %s", pkg.Fset.Position(pos), full, what)
		}
		for _, file := range pkg.Syntax {
			if ast.IsGenerated(file) {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, target := range assigned(n) {
					if v := packageVariable(pkg, target); v != nil {
						complain(target.Pos(), v.Name(), "assigned to")
					}
				}
				return true
			})
		}
		if !isPure(strings.TrimPrefix(pkg.PkgPath, module)) {
			continue
		}
		for _, name := range pkg.Types.Scope().Names() {
			v, ok := pkg.Types.Scope().Lookup(name).(*types.Var)
			if ok && mutable(v.Type()) && !strings.HasSuffix(pkg.Fset.Position(v.Pos()).Filename, ".pb.go") {
				complain(v.Pos(), name, "of a type that is there to be changed, in a pure package")
			}
		}
	}
	for name := range variablesExempt {
		if !used[name] {
			t.Errorf("the exemption of %s is not needed", name)
		}
	}
}

var loaded = sync.OnceValues(func() ([]*packages.Package, error) {
	return packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo |
			packages.NeedImports | packages.NeedDeps | packages.NeedExportFile,
	}, "./...")
})

func loadPackages(t *testing.T) []*packages.Package {
	t.Helper()
	pkgs, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Error(e)
		}
	}
	return pkgs
}

// assigned returns the expressions that a statement writes to.
func assigned(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// packageVariable returns the variable of the package that an expression is, or is
// an element or field of.
func packageVariable(pkg *packages.Package, e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := pkg.TypesInfo.Uses[x.Sel].(*types.Var); ok && atPackageLevel(v) {
				return v // of another package
			}
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.Ident:
			if v, ok := pkg.TypesInfo.Uses[x].(*types.Var); ok && atPackageLevel(v) {
				return v
			}
			return nil
		default:
			return nil
		}
	}
}

func atPackageLevel(v *types.Var) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

// mutable reports whether values of a type are of use only to be changed.
func mutable(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	switch named.Obj().Pkg().Path() {
	case "sync", "sync/atomic":
		return true
	}
	return false
}

// systems are what gmosh builds for; a 32-bit one stands for all of them. go vet
// type-checks tests too, which go build does not.
var systems = []string{
	"linux/amd64", "linux/386", "darwin/arm64", "freebsd/amd64", "openbsd/amd64", "netbsd/amd64", "windows/amd64",
}

func TestVetIsContentOnEverySystem(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles everything for seven systems")
	}
	for _, system := range systems {
		t.Run(system, func(t *testing.T) {
			goos, goarch, _ := strings.Cut(system, "/")
			vet := exec.Command("go", "vet", "./...")
			vet.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
			if out, err := vet.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestTheBinaryIsStatic(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks at an ELF file")
	}
	binary := filepath.Join(t.TempDir(), "gmosh")
	if out, err := exec.Command("make", "--no-print-directory", "build", "OUT="+binary).CombinedOutput(); err != nil {
		t.Fatalf("make build: %v\n%s", err, out)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["CGO_ENABLED"] != "0" || settings["-trimpath"] != "true" {
		t.Errorf("built with %v", settings)
	}
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("needs %v, %v", libraries, err)
	}
	if slices.ContainsFunc(file.Sections, func(s *elf.Section) bool { return s.Name == ".symtab" || s.Name == ".debug_info" }) {
		t.Error("is not stripped")
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/google/go-cmp" || dep.Path == "pgregory.net/rapid" || dep.Path == "go.uber.org/goleak" {
			t.Errorf("%s is for tests", dep.Path)
		}
	}
}

// committed are the paths that git has, slash-separated.
func committed(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

// topLevel is what the owner wants to see at the top, besides dotfiles and the
// repository's own tests: everything else has its place below.
var topLevel = []string{
	"main.go", "client", "server", "bootstrap", "sshconf", "protocol", "go.mod", "go.sum", "README.md",
	"LICENSE", "CHANGELOG.md", "Makefile", "docs", "testdata",
}

func TestTheTopLevelIsAsDesigned(t *testing.T) {
	for _, name := range committed(t) {
		top, _, _ := strings.Cut(name, "/")
		if !slices.Contains(topLevel, top) && !strings.HasPrefix(top, ".") && !strings.HasSuffix(top, "_test.go") {
			t.Errorf("%s: %s has no place at the top level", name, top)
		}
	}
}

// maxFile is what a file may weigh; what is larger is likely to have been made.
const maxFile = 1 << 20

// magic begins the files that compilers, profilers and archivers make.
var magic = map[string]string{
	"\x7fELF": "an ELF file", "MZ": "a Windows program", "\xcf\xfa\xed\xfe": "a Mach-O file",
	"!<arch>\n": "an archive", "\x1f\x8b": "a compressed file or profile", "PK\x03\x04": "an archive",
}

func TestNoBuiltFileIsCommitted(t *testing.T) {
	for _, name := range committed(t) {
		text, err := os.ReadFile(filepath.FromSlash(name))
		if os.IsNotExist(err) {
			continue // deleted, not committed yet
		}
		if err != nil {
			t.Error(err)
			continue
		}
		if len(text) > maxFile {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		for begin, what := range magic {
			if bytes.HasPrefix(text, []byte(begin)) {
				t.Errorf("%s: %s", name, what)
			}
		}
		switch path.Ext(name) {
		case ".exe", ".test", ".prof", ".out", ".o", ".a", ".so":
			t.Errorf("%s: a built file by its name", name)
		}
	}
}

// A fuzz target without seeds finds nothing in the seconds that tests have.
func TestEveryFuzzTargetHasACorpus(t *testing.T) {
	tr := readTree(t)
	for _, f := range tr.files {
		for _, decl := range f.file.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !f.test || d.Recv != nil || !strings.HasPrefix(d.Name.Name, "Fuzz") {
				continue
			}
			corpus, _ := filepath.Glob(filepath.Join(filepath.FromSlash(f.dir), "testdata", "fuzz", d.Name.Name, "*"))
			if len(corpus) == 0 && !addsSeeds(d) {
				t.Errorf("%s: %s has no seeds", tr.at(d.Pos()), d.Name.Name)
			}
		}
	}
}

// addsSeeds reports whether a fuzz target calls f.Add, or hands f to a function
// that may.
func addsSeeds(d *ast.FuncDecl) (adds bool) {
	param := d.Type.Params.List[0].Names[0].Name
	ast.Inspect(d.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && isCall(sel, param, "Add") {
			adds = true
		}
		for _, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && id.Name == param {
				adds = true
			}
		}
		return true
	})
	return adds
}

func TestEveryDependencyIsExplained(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(string(doc), -1) {
		explained[m[1]] = true
	}
	for _, r := range mod.Require {
		if !explained[r.Mod.Path] {
			t.Errorf("docs/dependencies.md does not say what %s is for", r.Mod.Path)
		}
		delete(explained, r.Mod.Path)
	}
	for name := range explained {
		t.Errorf("docs/dependencies.md explains %s, which is not in go.mod", name)
	}
	if len(mod.Replace)+len(mod.Exclude) > 0 {
		t.Error("go.mod replaces or excludes: `go install` would not build what we test")
	}
}

// elsewhere matches what makes sense on one machine only, and the hosts that
// modules and packages are fetched from, which are the reader's own to choose.
var elsewhere = regexp.MustCompile(`(^|[\s"'(=])/(work|farm|root)/|/tmp/[a-z]|proxy\.golang\.org|sum\.golang\.org|\bdeb\.debian\.org|registry\.npmjs\.org`)

func TestDocumentsNameNoMachine(t *testing.T) {
	for _, name := range committed(t) {
		if strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") || name == "go.sum" {
			continue
		}
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			continue // deleted, or TestNoBuiltFileIsCommitted says so
		}
		for number, line := range strings.Split(string(text), "\n") {
			if m := elsewhere.FindString(line); m != "" {
				t.Errorf("%s:%d: %s", name, number+1, m)
			}
		}
	}
}
