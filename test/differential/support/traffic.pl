#!/usr/bin/perl
# Traffic for the balancer, as a worker: a line in, a line out. `serve ADDRESS...` listens on TCP 80 and UDP 53 and 5060
# and answers what comes; `tcp ADDRESS PORT COUNT KEEP` opens so many connections and keeps some of them open;
# `udp ADDRESS PORT COUNT` asks and waits for the answers; `sip ADDRESS LENGTH` begins a call, named by so many letters.
use strict;
use IO::Socket::INET;
$| = 1;

sub serve {
    my ($read, %listener) = '';
    for my $address (@_) {
        my $tcp = IO::Socket::INET->new(LocalAddr => $address, LocalPort => 80, Listen => 64, ReuseAddr => 1) or die $@;
        $listener{ fileno $tcp } = $tcp;
        for my $port (53, 5060) {
            my $udp = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $address, LocalPort => $port) or die $@;
            $listener{ fileno $udp } = $udp;
        }
    }
    if (fork) { print "1\n"; return }
    my %client;
    while (1) {
        $read = '';
        vec($read, $_, 1) = 1 for keys %listener, keys %client;
        select $read, undef, undef, undef;
        for my $number (grep vec($read, $_, 1), keys %client) {
            if (sysread $client{$number}, my $bytes, 4096) { syswrite $client{$number}, "answer $bytes" }
            else { delete $client{$number} }
        }
        for my $socket (map $listener{$_}, grep vec($read, $_, 1), keys %listener) {
            if ($socket->sockopt(SO_TYPE) == SOCK_STREAM) { my $one = $socket->accept; $client{ fileno $one } = $one if $one }
            else { $socket->recv(my $bytes, 4096); $socket->send("answer $bytes") }
        }
    }
}

my @kept;

sub tcp {
    my ($address, $port, $count, $keep) = @_;
    my $done = 0;
    for (1 .. $count) {
        my $socket = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port) or next;
        syswrite $socket, 'x' x (100 * $_);
        sysread $socket, my $bytes, 65536 and $done++;
        push @kept, $socket if $keep-- > 0;
    }
    print "$done\n";
}

sub ask {
    my ($address, $port, $count, $what) = @_;
    my $done = 0;
    for (1 .. $count) {
        my $socket = IO::Socket::INET->new(Proto => 'udp', PeerAddr => $address, PeerPort => $port) or next;
        $socket->send($what);
        vec(my $read = '', fileno $socket, 1) = 1;
        $done++ if select $read, undef, undef, 600;
    }
    print "$done\n";
}

while (<STDIN>) {
    my ($verb, @words) = split ' ', s/"//gr;
    if ($verb eq 'serve') { serve(@words) }
    elsif ($verb eq 'tcp') { tcp(@words) }
    elsif ($verb eq 'udp') { ask(@words, 'question') }
    elsif ($verb eq 'sip') {
        my ($address, $length) = @words;
        my $id = 'c' x $length;
        ask($address, 5060, 1, "INVITE sip:a\@$address SIP/2.0\r\nVia: SIP/2.0/UDP $address\r\nCall-ID: $id\r\nCSeq: 1 INVITE\r\n\r\n");
    }
}
