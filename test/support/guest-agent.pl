#!/usr/bin/perl
# The agent of guest.ts inside a guest: makes network namespaces, runs programs in them and keeps workers there, by requests
# on standard input. Requests for different namespaces and workers proceed side by side; those for the same
# one queue up.
#
# A frame is a length and as many bytes, which are fields: again a length and as many bytes each.
#   request: id, verb, arguments          reply: id, `ok`, results; or id, `error`, what happened
#
# Perl, because it starts in a twentieth of a second in User-Mode Linux, where Node takes half a second. Programs are
# started by a shell a namespace all the same: dash uses vfork, and a fork of this process would cost as much as the
# whole of the program that it is for.
use strict;

use constant {    # x86-64
    CLOCK_GETTIME => 228, UNSHARE => 272, SETNS => 308, MOUNT => 165, UMOUNT => 166, SETSID => 112,
    CLONE_NEWNET => 0x40000000,
    MS_BIND => 4096, MNT_DETACH => 2, SIOCSIFFLAGS => 0x8914, IFF_UP => 1, AF_INET => 2, SOCK_DGRAM => 2,
    WNOHANG => 1, CHUNK => 1 << 16,
};

my $home = readlink '/proc/self/cwd';
my $scratch = '/run/guest-agent';
mkdir $_ for $scratch, '/run/netns';
%ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME => '/root', LC_ALL => 'C');
$SIG{PIPE} = 'IGNORE';

# Names that dash would take for its own.
my %builtin = map { $_ => 1 } qw(. : [ alias bg break cd chdir command continue echo eval exec exit export false fg
    getopts hash jobs kill local printf pwd read readonly return set shift test times trap true type ulimit umask
    unalias unset wait);

sub put {
    my ($to, $bytes) = @_;
    for (my $at = 0; $at < length $bytes;) { $at += syswrite($to, $bytes, length($bytes) - $at, $at) // return }
    return 1;
}
sub reply { put *STDOUT, pack 'N/a*', pack '(N/a*)*', @_ or exit }

sub content { open my $file, '<', $_[0] or return ''; local $/; <$file> // '' }

# Seconds of the monotonic clock.
sub now {
    my $time = "\0" x 16;
    syscall CLOCK_GETTIME, 1, $time;
    my ($seconds, $nanoseconds) = unpack 'qq', $time;
    return $seconds + $nanoseconds / 1e9;
}

# ── Namespaces ───────────────────────────────────────────────────────────────────────────────────────────────────────

my %namespace;    # open files
open $namespace{''}, '<', '/proc/self/ns/net';
sub enter { syscall(SETNS, fileno $namespace{ $_[0] }, CLONE_NEWNET) == 0 or die "setns: $!\n" }

sub make_namespace {
    my ($name) = @_;
    my ($source, $type, $nothing, $path) = ('/proc/self/ns/net', 'none', '', "/run/netns/$name");
    open my $file, '>', $path or die "$path: $!\n";
    syscall(UNSHARE, CLONE_NEWNET) == 0 or die "unshare: $!\n";
    my $up = pack 'a16 s x22', 'lo', IFF_UP;
    socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
    ioctl $socket, SIOCSIFFLAGS, $up or die "lo: $!\n";
    syscall(MOUNT, $source, $path, $type, MS_BIND, $nothing) == 0 or die "$path: $!\n";
    open $namespace{$name}, '<', $path;
    enter '';
}

sub delete_namespace {
    my ($name) = @_;
    my $path = "/run/netns/$name";
    delete $namespace{$name} or die "no namespace $name\n";
    syscall UMOUNT, $path, MNT_DETACH;
    unlink $path;
}

# A process in a namespace, in a session of its own, with its streams.
sub spawn {
    my ($name, $stderr, $prepare, @words) = @_;
    pipe my $stdin, my $to or die "pipe: $!\n";
    pipe my $from, my $stdout or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        $SIG{PIPE} = 'DEFAULT';
        syscall SETSID;
        enter $name;
        open STDIN, '<&', $stdin;
        open STDOUT, '>&', $stdout;
        open STDERR, '>', $stderr;
        $prepare->();
        exec { $words[0] } @words or print STDERR "$words[0]: $!\n";
        exit 127;
    }
    return {
        namespace => $name, pid => $pid, to => $to, from => $from, stderr => $stderr, received => '', queue => [],
    };
}

# ── Programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

my %shell;    # by namespace
my $serial = 0;

sub quote { join ' ', map { "'" . s/'/'\\''/gr . "'" } @_ }

# The shell's message on a command's stderr when a signal has ended it; an exit with such a status has none. (SIGINT and
# SIGPIPE have no message.)
my %death = (1 => "Hangup\n", 2 => '', 3 => "Quit\n", 4 => "Illegal instruction\n", 5 => "Trace/breakpoint trap\n",
    6 => "Aborted\n", 7 => "Bus error\n", 8 => "Floating point exception\n", 9 => "Killed\n",
    10 => "User defined signal 1\n", 11 => "Segmentation fault\n", 12 => "User defined signal 2\n", 13 => '',
    14 => "Alarm clock\n", 15 => "Terminated\n");

# The line for the shell that runs one command, and the files of its streams.
sub command {
    my ($stdin, $directory, $environment, $words) = @_;
    my %file = map { $_ => "$scratch/" . ++$serial } qw(out err);
    $file{in} = '/dev/null';
    if (length $stdin) {
        $file{in} = "$scratch/" . ++$serial;
        open my $file, '>', $file{in} or die "$file{in}: $!\n";
        put $file, $stdin;
    }
    my ($program, @arguments) = @$words;
    ($program) = grep -x, map "$_/$program", split /:/, $ENV{PATH} if $builtin{$program};
    my $line = "<$file{in} >$file{out} 2>$file{err}; echo \$?\n";
    $line = join ' ', (map { /^([A-Za-z_]\w*)=(.*)$/s ? "$1=" . quote $2 : die "environment: $_\n" } @$environment),
        quote($program, @arguments), $line;
    return $line, \%file if !length $directory;
    my ($there, $back) = map { 'cd ' . quote $_ } $directory, $home;
    return "$there >$file{out} 2>$file{err} && unset OLDPWD && $line$back\n", \%file;
}

sub run {
    my ($id, $name, $timeout, @fields) = @_;
    my $job = { id => $id, name => $name, timeout => $timeout, script => '', files => [], statuses => [] };
    while (@fields) {
        my ($stdin, $directory) = splice @fields, 0, 2;
        my @lists = map { [splice @fields, 0, shift @fields] } 1 .. 2;
        my ($line, $files) = command($stdin, $directory, @lists);
        $job->{script} .= $line;
        push @{ $job->{files} }, $files;
    }
    my $shell = $shell{$name} ||= start_shell($name);
    push @{ $shell->{queue} }, $job;
    begin($shell) if @{ $shell->{queue} } == 1;
}

sub start_shell {
    my ($name) = @_;
    my $shell = spawn $name, '/dev/null', sub { }, '/bin/sh';
    put $shell->{to}, "ulimit -c 0\n";    # or there would be a word of it on stderr
    return $shell;
}

# Starts the first job of a shell's queue.
sub begin {
    my ($shell) = @_;
    my $job = $shell->{queue}[0] or return;
    $job->{deadline} = now() + $job->{timeout};
    my $script = $job->{script};
    if (length $script > 4096) {    # more than the pipe is sure to take
        $job->{file} = "$scratch/" . ++$serial;
        open my $file, '>', $job->{file};
        put $file, $script;
        $script = ". $job->{file}\n";
    }
    put $shell->{to}, $script;
}

sub results {
    my ($job) = @_;
    return map {
        my $status = $job->{statuses}[$_] // '';
        my ($stdout, $stderr) = map content($_), @{ $job->{files}[$_] }{qw(out err)};
        my $signal = $status > 128 && defined $death{ $status - 128 } ? $status - 128 : 0;
        $stderr =~ s/$death{$signal}\z// or $signal = 0 if $signal;
        ($status, $signal, $stdout, $stderr);
    } 0 .. $#{ $job->{files} };
}

# Answers the first job of a shell's queue.
sub finish {
    my ($shell, @outcome) = @_;
    my $job = shift @{ $shell->{queue} };
    if (@outcome > 1) {
        my $at = @{ $job->{statuses} };
        my $written = join '', map content($job->{files}[$at]{$_}), qw(out err);
        $outcome[1] = "command @{[$at + 1]}: $outcome[1]; it had written:\n$written";
    }
    reply $job->{id}, @outcome, @outcome > 1 ? () : results($job);
    unlink grep $_ ne '/dev/null', map values %$_, @{ $job->{files} };
    unlink $job->{file} if $job->{file};
}

sub hear_shell {
    my ($shell) = @_;
    sysread $shell->{from}, $shell->{received}, CHUNK, length $shell->{received}
        or return end_shell($shell, 'error', 'the shell has died');
    my $job = $shell->{queue}[0];
    push @{ $job->{statuses} }, $1 while $shell->{received} =~ s/^(\d+)\n//;
    return if @{ $job->{statuses} } < @{ $job->{files} };
    finish $shell, 'ok';
    begin $shell;
}

# Ends a shell and its programs; the next job gets a new one.
sub end_shell {
    my ($shell, @outcome) = @_;
    kill KILL => -$shell->{pid};
    waitpid $shell->{pid}, 0;
    delete $shell{ $shell->{namespace} };
    return if !@{ $shell->{queue} };
    finish $shell, @outcome;
    return if !@{ $shell->{queue} };
    my $next = $shell{ $shell->{namespace} } = start_shell($shell->{namespace});
    $next->{queue} = $shell->{queue};
    begin $next;
}

# ── Workers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

my (%worker, %ended);    # by name

sub start {
    my ($name, $namespace, $directory, @fields) = @_;
    my ($environment, $words) = map { [splice @fields, 0, shift @fields] } 1 .. 2;
    my $prepare = sub {
        chdir $directory or die "$directory: $!\n" if length $directory;
        for (@$environment) { my ($key, $value) = split /=/, $_, 2; $ENV{$key} = $value }
    };
    $worker{$name} = spawn $namespace, "$scratch/worker-$name", $prepare, @$words;
    $worker{$name}{name} = $name;
}

sub ask {
    my ($id, $name, $timeout, $line) = @_;
    my $worker = $worker{$name} or die "the worker has ended\n";
    push @{ $worker->{queue} }, { id => $id, timeout => $timeout, deadline => now() + $timeout };
    put $worker->{to}, "$line\n";    # where this fails, hear_worker will find the end
}

sub hear_worker {
    my ($worker) = @_;
    my $before = length $worker->{received};
    return end_worker($worker) if !sysread $worker->{from}, $worker->{received}, CHUNK, $before;
    while ((my $end = index $worker->{received}, "\n", $before) >= 0) {
        my $line = substr $worker->{received}, 0, $end + 1, '';
        chop $line;
        $before = 0;
        my $asked = shift @{ $worker->{queue} } or next;    # without a request: dropped
        reply $asked->{id}, 'ok', $line;
        $worker->{queue}[0]{deadline} = now() + $worker->{queue}[0]{timeout} if @{ $worker->{queue} };
    }
}

# Ends a worker, if it has not ended by itself; `closing` is the request that waits for it.
sub end_worker {
    my ($worker, $why) = @_;
    kill KILL => -$worker->{pid} if defined $why;
    waitpid $worker->{pid}, 0;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    delete $worker{ $worker->{name} };
    my $said = content $worker->{stderr};
    unlink $worker->{stderr};
    $why //= "the worker ended with status $status";
    reply $_->{id}, 'error', "$why: $said" for @{ $worker->{queue} };
    if ($worker->{closing}) { reply $worker->{closing}{id}, 'ok', $status, $said }
    else { $ended{ $worker->{name} } = [$status, $said] }
}

sub close_worker {
    my ($id, $name, $timeout) = @_;
    my $worker = $worker{$name} or return reply $id, 'ok', @{ delete $ended{$name} || die "no worker $name\n" };
    $worker->{closing} = { id => $id, timeout => $timeout, deadline => now() + $timeout };
    close $worker->{to};
}

# ── Requests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

sub handle {
    my ($id, $verb, @arguments) = @_;
    if ($verb eq 'run') { return run($id, @arguments) }
    if ($verb eq 'ask') { return ask($id, @arguments) }
    if ($verb eq 'close') { return close_worker($id, @arguments) }
    if ($verb eq 'namespace') { make_namespace(@arguments) }
    elsif ($verb eq 'delete') {
        my ($name) = @arguments;
        end_shell($shell{$name}, 'error', 'the namespace was deleted') while $shell{$name};
        end_worker($_, 'the namespace was deleted') for grep $_->{namespace} eq $name, values %worker;
        delete_namespace($name);
    }
    elsif ($verb eq 'start') { start(@arguments) }
    else { die "no verb $verb\n" }
    reply $id, 'ok';
}

# Ends what is overdue; returns the seconds until the next deadline.
sub check_deadlines {
    my $now = now();
    my $next;
    my $due = sub {
        my ($deadline) = @_;
        return 1 if $deadline <= $now;
        $next = $deadline if !defined $next || $deadline < $next;
        return 0;
    };
    for my $shell (values %shell) {
        my $job = $shell->{queue}[0] or next;
        end_shell($shell, 'error', "no end after $job->{timeout} seconds") if $due->($job->{deadline});
    }
    for my $worker (values %worker) {
        my $first = $worker->{queue}[0] || $worker->{closing} or next;
        end_worker($worker, "nothing after $first->{timeout} seconds") if $due->($first->{deadline});
    }
    return defined $next ? $next - $now + 0.01 : undef;
}

my $received = '';
reply 0, 'ok', content('/proc/sys/kernel/osrelease') =~ s/\n//r;
while (1) {
    my $patience = check_deadlines();
    my %hear = map { (fileno $_->[1]{from} => $_) }
        (map [\&hear_shell, $_], values %shell), (map [\&hear_worker, $_], values %worker);
    my $ready = '';
    vec($ready, $_, 1) = 1 for fileno STDIN, keys %hear;
    next if select($ready, undef, undef, $patience) < 1;
    for (grep vec($ready, $_, 1), keys %hear) {
        my ($hear, $from) = @{ $hear{$_} };
        $hear->($from);
    }
    next if !vec $ready, fileno STDIN, 1;
    sysread STDIN, $received, CHUNK, length $received or last;
    while (length $received >= 4 && length $received >= 4 + unpack 'N', $received) {
        my ($id, @request) = unpack '(N/a)*', substr $received, 4, unpack 'N', $received;
        substr $received, 0, 4 + unpack('N', $received), '';
        reply $id, 'error', $@ =~ s/\n$//r if !eval { handle($id, @request); 1 };
    }
}
