//! Well-known services and their ports, as far as names of columns speak of them.
//!
//! Ports from IANA's registry of service names, and for Windows services from Microsoft's "Service overview and network port requirements".

/// A service: the words that name it in a column, the name for people, its ports, the usual one first.
pub(super) struct Service {
    pub words: &'static [&'static str],
    pub title: &'static str,
    pub ports: &'static [i64],
}

const fn service(
    words: &'static [&'static str],
    title: &'static str,
    ports: &'static [i64],
) -> Service {
    Service {
        words,
        title,
        ports,
    }
}

pub(super) const SERVICES: &[Service] = &[
    service(
        &["rdp", "remotedesktop", "mstsc"],
        "remote desktop",
        &[3389],
    ),
    service(&["smb", "cifs"], "SMB", &[445, 139]),
    service(&["netbios"], "NetBIOS", &[139, 137, 138]),
    service(&["ldap"], "LDAP", &[389, 636, 3268, 3269]),
    service(&["ldaps"], "LDAP over TLS", &[636, 3269]),
    service(&["kerberos", "krb", "krb5"], "Kerberos", &[88, 464]),
    service(&["adws"], "Active Directory Web Services", &[9389]),
    service(
        &["winrm", "wsman", "psremoting"],
        "Windows remote management",
        &[5985, 5986],
    ),
    service(&["rpc", "msrpc", "epmap"], "RPC endpoint mapper", &[135]),
    service(&["ssh", "sftp", "scp"], "SSH", &[22]),
    service(&["telnet"], "Telnet", &[23]),
    service(&["ftp"], "FTP", &[21, 20, 989, 990]),
    service(&["tftp"], "TFTP", &[69]),
    service(&["dns"], "DNS", &[53, 853, 5353]),
    service(&["http", "web"], "HTTP", &[80, 443, 8080, 8443, 8000, 8008]),
    service(&["https", "tls", "ssl"], "HTTPS", &[443, 8443]),
    service(&["smtp", "mail"], "SMTP", &[25, 465, 587]),
    service(&["imap", "imaps"], "IMAP", &[143, 993]),
    service(&["pop", "pop3"], "POP3", &[110, 995]),
    service(&["ntp"], "NTP", &[123]),
    service(&["snmp"], "SNMP", &[161, 162]),
    service(&["syslog"], "syslog", &[514, 6514]),
    service(&["vnc"], "VNC", &[5900, 5800, 5901, 5902, 5903]),
    service(
        &["mssql", "sqlserver"],
        "Microsoft SQL Server",
        &[1433, 1434],
    ),
    service(&["mysql"], "MySQL", &[3306]),
    service(&["postgres", "postgresql"], "PostgreSQL", &[5432]),
    service(&["oracle"], "Oracle", &[1521]),
    service(&["redis"], "Redis", &[6379]),
    service(&["mongo", "mongodb"], "MongoDB", &[27017]),
    service(&["nfs"], "NFS", &[2049, 111]),
    service(&["irc"], "IRC", &[6667, 6697, 194]),
];
