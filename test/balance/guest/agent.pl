#!/usr/bin/perl
# The hosts of the balancing ring: one process that is every real server and every client, each socket in the network
# namespace of its host. It reads commands from standard input, a line each, words separated by tabs, and answers each
# with a line; between commands, and while it waits as a client, it goes on serving.
#
# Perl because it starts in a twentieth of a second in User-Mode Linux, where Node takes more than one; of its modules
# only those of perl-base.
use strict;
use warnings;
use Errno;
use Fcntl qw(F_SETFL O_NONBLOCK O_RDWR);
use Socket qw(:DEFAULT inet_pton inet_ntop pack_sockaddr_in6 IPPROTO_IPV6 IPV6_V6ONLY IPPROTO_IP);
use Time::HiRes qw(time);

use constant {
    SETNS => 308,    # x86-64; the kernel of the ring exists for nothing else
    CLONE_NEWNET => 0x40000000,
    IP_MULTICAST_IF => 32,
    PACKET => 17,
    ARP => 0x0806,
    GREETING => "hello\n",
};
my %PROTOCOL = (tcp => 6, udp => 17, sctp => 132);

# ── Namespaces and addresses ─────────────────────────────────────────────────────────────────────────────────────────

my (%namespace, $current);

# Sockets that are made, and files of /proc/sys/net that are opened, belong to this host from now on.
sub enter {
    my ($name) = @_;
    return if defined $current && $current eq $name;
    if (!$namespace{$name}) { open $namespace{$name}, '<', "/run/netns/$name" or die "no namespace $name: $!\n" }
    syscall(SETNS, fileno $namespace{$name}, CLONE_NEWNET) == 0 or die "setns $name: $!\n";
    $current = $name;
}

sub address {
    my ($host, $port) = @_;
    return $host =~ /:/ ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $host)) : pack_sockaddr_in($port, inet_aton $host);
}

sub make_socket {
    my ($protocol, $host, $port) = @_;
    my $family = $host =~ /:/ ? AF_INET6 : AF_INET;
    my $type = $protocol eq 'udp' || $protocol eq 'dns' ? SOCK_DGRAM : SOCK_STREAM;
    socket my $socket, $family, $type, $PROTOCOL{$protocol} // 17 or die "socket $protocol: $!\n";
    setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
    setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $family == AF_INET6;
    fcntl $socket, F_SETFL, O_RDWR | O_NONBLOCK;
    bind $socket, address($host, $port) or die "bind $host $port: $!\n";
    return $socket;
}

# ── Servers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

my %serving;    # by descriptor: the socket, the server's name, what to do when something has come
my $readers = '';

sub attend {
    my ($socket, $name, $act) = @_;
    $serving{ fileno $socket } = [$socket, $name, $act];
    vec($readers, fileno $socket, 1) = 1;
}

sub dismiss {
    my ($socket) = @_;
    vec($readers, fileno $socket, 1) = 0;
    delete $serving{ fileno $socket };
    close $socket;
}

# A server sends its name at each connection, and again for each message.
sub welcome {
    my ($listener, $name) = @_;
    accept my $socket, $listener or return;
    fcntl $socket, F_SETFL, O_RDWR | O_NONBLOCK;
    syswrite $socket, "$name\n";
    attend($socket, $name, sub {
        my $got = sysread $socket, my $bytes, 65536;
        return if !defined $got && $!{EAGAIN};
        $got ? syswrite $socket, "$name\n" : dismiss($socket);
    });
}

sub reply {
    my ($socket, $name) = @_;
    while (defined(my $peer = recv $socket, my $bytes, 65536, 0)) { send $socket, "$name\n", 0, $peer }
}

# A name server: the addresses whose last byte (of the last 16 bits) is even have a name, the others get no answer at
# all; the name `host-N.test` has the address 198.51.N/256.N.
sub answer_name {
    my ($socket) = @_;
    while (defined(my $peer = recv $socket, my $query, 512, 0)) {
        my ($at, @labels) = (12);
        while (my $length = ord substr $query, $at, 1) { push @labels, lc substr $query, $at + 1, $length; $at += $length + 1 }
        my $type = unpack 'n', substr $query, $at + 1, 2;
        my $data;
        if ($type == 12) {
            my $number = $labels[-2] eq 'ip6' ? hex join '', reverse @labels[0 .. 3] : $labels[1] * 256 + $labels[0];
            next if $number % 2;
            $data = pack('C/a C/a x', "host-$number", 'test');
        }
        elsif ($type == 1 && $labels[0] =~ /^host-(\d+)$/) { $data = pack 'C4', 198, 51, $1 >> 8, $1 & 255 }
        my $reply = substr($query, 0, 2) . pack('n5', $data ? 0x8180 : 0x8183, 1, $data ? 1 : 0, 0, 0);
        $reply .= substr $query, 12, $at + 5 - 12;    # the question
        $reply .= pack 'n n n N n/a', 0xc00c, $type, 1, 60, $data if $data;
        send $socket, $reply, 0, $peer;
    }
}

sub serve {
    my ($host, $protocol, $address, $port, $name) = @_;
    enter $host;
    my $socket = make_socket($protocol, $address, $port);
    my $act = { udp => \&reply, dns => \&answer_name }->{$protocol} // \&welcome;
    listen $socket, 128 if $act == \&welcome;
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 1 << 20;
    attend($socket, $name, $act);
    return 'ok';
}

# Serves until something comes for `$socket`, if there is one, or the time is over. True if something came.
sub serve_until {
    my ($socket, $deadline) = @_;
    my $mine = defined $socket ? fileno $socket : -1;
    for (;;) {
        my $ready = $readers;
        vec($ready, $mine, 1) = 1 if $mine >= 0;
        # Ready descriptors are served even when the time is over, as it may be at once on a busy machine.
        my $rest = defined $deadline ? $deadline - time : undef;
        $rest = 0 if defined $rest && $rest < 0;
        if (select($ready, undef, undef, $rest) < 1) {
            return 0 if defined $rest && $rest == 0;
            next;
        }
        for my $descriptor (keys %serving) {
            next if !vec $ready, $descriptor, 1;
            my ($server, $name, $act) = @{ $serving{$descriptor} };
            $act->($server, $name);
        }
        return 1 if $mine >= 0 && vec $ready, $mine, 1;
    }
}

# ── Clients ──────────────────────────────────────────────────────────────────────────────────────────────────────────

my (%held, $last_held);

# Calls a server; returns the name that it sends, or how the call failed, and the socket.
sub call {
    my ($host, $payload, $patience, $request) = @_;
    my ($protocol, $from, $from_port, $to, $port) = split /,/, $request;
    enter $host;
    my $socket = make_socket($protocol, $from, $from_port);
    connect $socket, address($to, $port) or $!{EINPROGRESS} or return failure();
    syswrite $socket, $payload if $protocol eq 'udp';
    return (listen_to($socket, $patience), $socket);
}

sub listen_to {
    my ($socket, $patience) = @_;
    for (my $deadline = time + $patience; serve_until($socket, $deadline);) {
        my $got = sysread $socket, my $bytes, 4096;
        return $got ? $bytes =~ s/\n.*//sr : 'closed' if defined $got;
        # An ICMP error during connect is kept until it is read.
        $! = unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR if $!{EAGAIN};
        return failure() if $!;
        serve_until(undef, time + 0.01);
    }
    return 'silence';
}

sub failure { $!{ECONNREFUSED} ? 'refused' : $!{EHOSTUNREACH} ? 'unreachable' : lc "$!" }

# Each request after the answer to the one before it.
sub ask {
    my ($host, $payload, $patience, @requests) = @_;
    my @names;
    for my $request (@requests) {
        my ($name) = call($host, $payload =~ s/\\n/\r\n/gr, $patience, $request);    # which closes the socket
        push @names, $name;
    }
    serve_until(undef, time + 0.02);    # the servers see the ends of the connections
    return @names;
}

# As ask, but the connections stay; the answers are like `7=red`.
sub hold {
    my ($host, $patience, @requests) = @_;
    my @held;
    for my $request (@requests) {
        my ($name, $socket) = call($host, GREETING, $patience, $request);
        $held{ ++$last_held } = $socket;
        push @held, "$last_held=$name";
    }
    return @held;
}

sub talk {
    my ($patience, @ids) = @_;
    # A connection may have been reset before, when a late acknowledgement of the last answer found no entry.
    return map { defined syswrite($held{$_}, GREETING) ? listen_to($held{$_}, $patience) : failure() } @ids;
}

sub drop {
    close delete $held{$_} for @_;
    serve_until(undef, time + 0.05);
    return 'ok';
}

# Datagrams without waiting for answers; the count of those that were sent.
sub burst {
    my ($host, $count, $request) = @_;
    my (undef, $from, $from_port, $to, $port) = split /,/, $request;
    enter $host;
    my $socket = make_socket('udp', $from, $from_port);
    connect $socket, address($to, $port) or die "connect: $!\n";
    my $sent = 0;
    for (1 .. $count) {
        $sent++ if defined syswrite $socket, GREETING;
        serve_until(undef, time + 0.001) if $_ % 20 == 0;
    }
    serve_until(undef, time + 0.1);    # an answer that found the socket closed would cause one more packet
    return $sent;
}

# ── The wire ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# Announces the new owner of an address on the segment.
sub announce {
    my ($host, $device, $address, $index, $mac) = @_;
    enter $host;
    my $hardware = pack 'H12', $mac =~ s/://gr;
    my $ip = inet_aton $address;
    socket my $socket, PACKET, SOCK_RAW, unpack('S', pack 'n', ARP) or die "packet socket: $!\n";
    my $frame = pack 'a6 a6 n n n C C n a6 a4 a6 a4', "\xff" x 6, $hardware, ARP, 1, 0x0800, 6, 4, 1, $hardware, $ip,
        "\xff" x 6, $ip;
    send $socket, $frame, 0, pack('S n i S C C a8', PACKET, ARP, $index, 1, 0, 6, "\xff" x 6) or die "send: $!\n";
    return 'ok';
}

# Synchronization messages (version 1, ip_vs_sync.c) of `$count` established connections, forty a message.
sub synchronize {
    my ($host, $from, $sync_id, $count, $seconds) = @_;
    enter $host;
    my $socket = make_socket('udp', $from, 0);
    fcntl $socket, F_SETFL, O_RDWR;    # waits where the interface is slower
    setsockopt $socket, IPPROTO_IP, IP_MULTICAST_IF, inet_aton $from;
    my $group = address('224.0.0.81', 8848);
    my $virtual = inet_aton '10.100.9.9';
    for (my $made = 0; $made < $count;) {
        my ($entries, $body) = (0, '');
        for (; $entries < 40 && $made < $count; $entries++, $made++) {
            # Type, protocol, size and version, flags (masquerading, no output seen), state 1 (ESTABLISHED), ports,
            # mark, timeout; client, virtual address, real server.
            $body .= pack 'C C n N n n n n N N N a4 a4', 0, 6, 36, 0, 1, 1024 + $made % 50000, 80, 8080, 0, $seconds,
                0xac100000 + int($made / 50000) * 256 + $made % 250, $virtual, pack('C4', 10, 2, 0, 1 + $made % 3);
        }
        my $message = pack 'C C n C C n', 0, $sync_id, 8 + length $body, $entries, 1, 0;
        send $socket, $message . $body, 0, $group or die "send: $!\n";
        serve_until(undef, time + 0.02) if $made % 4000 == 0;
    }
    return 'ok';
}

sub sysctl {
    my ($host, $value, @names) = @_;
    enter $host;
    for (@names) {
        open my $file, '>', "/proc/sys/net/$_" or die "sysctl $_: $!\n";
        print $file $value or die;
        close $file or die "sysctl $_: $!\n";
    }
    return 'ok';
}

# The output of a program, its line ends as tabs.
sub run {
    my ($host, @words) = @_;
    enter $host;
    open my $output, '-|', @words or die "$words[0]: $!\n";
    my @lines = <$output>;
    close $output or die "@words: status " . ($? >> 8) . "\n";
    chomp @lines;
    return @lines;
}

my %COMMAND = (
    serve => \&serve, ask => \&ask, hold => \&hold, talk => \&talk, drop => \&drop, burst => \&burst,
    announce => \&announce, synchronize => \&synchronize, sysctl => \&sysctl, run => \&run,
);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my $input = '';
for (;;) {
    serve_until(*STDIN, undef);
    sysread(STDIN, $input, 65536, length $input) or exit;
    while ($input =~ s/^(.*)\n//) {
        my ($name, @words) = split /\t/, $1, -1;
        my @answer = eval { $COMMAND{$name}->(@words) };
        print $@ ? ("error\t", $@ =~ s/\s+$//r =~ s/\n/ /gr) : join("\t", 'ok', @answer), "\n";
    }
}
