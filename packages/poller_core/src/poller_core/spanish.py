"""The core's texts in Spanish. Left: the English where it is written in the source; a test keeps the two in step.

Names of variables, options, files and of what Odoo itself calls by an English name stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

_OWN: Mapping[str, str] = {
    # settings
    "{variable} {reason}": "{variable} {reason}",
    "holds no key: give one or more, newest first, with commas between": "no contiene ninguna clave: indique una o más, la más nueva primero, separadas por comas",
    "must be 1 or 0": "debe ser 1 o 0",
    "must be a host name or an IP address": "debe ser un nombre de host o una dirección IP",
    "must be a number of seconds from 0.001 to 86400, with a decimal point": "debe ser un número de segundos entre 0.001 y 86400, con punto decimal",
    "must be an http:// or https:// address": "debe ser una dirección http:// o https://",
    "must be en or es": "debe ser en o es",
    "must be networks such as 10.0.0.0/8, 192.168.1.5/32 ({part} is none)": "debe contener redes como 10.0.0.0/8, 192.168.1.5/32 ({part} no lo es)",
    "must be the path of a file": "debe ser la ruta de un archivo",
    # fields of a connection
    "{field} {reason}": "{field} {reason}",
    "can't be read": "no se puede leer",
    "holds no PEM certificate that can be read": "no contiene ningún certificado PEM legible",
    "is no field of a connection": "no es un campo de una conexión",
    "is no file": "no es un archivo",
    "must be ASCII: letters, digits and signs, no accents": "debe ser ASCII: letras, dígitos y signos, sin tildes ni eñes",
    "must be a full path: the poller may be started elsewhere": "debe ser una ruta completa: el poller puede iniciarse en otro directorio",
    "must be a whole number from {low} to {high}": "debe ser un número entero entre {low} y {high}",
    "must be now, all, or a date such as 2025-01-31 or 2025-01-31T08:00:00-03:00": "debe ser now, all o una fecha como 2025-01-31 o 2025-01-31T08:00:00-03:00",
    "must be one line of printable characters": "debe ser una sola línea de caracteres imprimibles",
    "must be one of {choices}": "debe ser uno de: {choices}",
    "must be printable ASCII: letters, digits and signs, no accents and no line ends": "debe ser ASCII imprimible: letras, dígitos y signos, sin tildes ni saltos de línea",
    "must be true or false": "debe ser true o false",
    "must be up to 64 letters, digits, dots, dashes and underscores": "debe tener hasta 64 letras, dígitos, puntos, guiones y guiones bajos",
    "must have at most {limit} characters": "debe tener como máximo {limit} caracteres",
    "must not be empty": "no debe estar vacío",
    "must not begin or end with a space": "no debe empezar ni terminar con un espacio",
    "must not begin or end with a space: receivers drop it from the header": "no debe empezar ni terminar con un espacio: los receptores lo quitan de la cabecera",
    "what follows {prefix} must be base64": "lo que sigue a {prefix} debe ser base64",
    # the database's place
    "UNSAFE FILESYSTEM, used because POLLER_ALLOW_UNSAFE_FILESYSTEM is set: {reason}": "SISTEMA DE ARCHIVOS INSEGURO, usado porque POLLER_ALLOW_UNSAFE_FILESYSTEM está definida: {reason}",
    "others can read {path}, and this user can't change that: chmod 600 it as its owner": "otros pueden leer {path}, y este usuario no puede cambiarlo: haga chmod 600 como su dueño",
    "the database lies inside the container and goes with it: put it on a volume": "la base de datos está dentro del contenedor y se pierde con él: póngala en un volumen",
    "there is no database at {path}": "no hay ninguna base de datos en {path}",
    "{path} can't be made: {why}": "no se puede crear {path}: {why}",
    "{path} can't be read and written by this user (uid {uid}): it belongs to uid {owner}": "este usuario (uid {uid}) no puede leer y escribir {path}: pertenece al uid {owner}",
    "{path} can't be used: {why}": "no se puede usar {path}: {why}",
    "{path} has a second name (a hard link), and two names would mean two write-ahead logs: remove one": "{path} tiene un segundo nombre (un enlace duro), y dos nombres darían dos registros WAL: elimine uno",
    "{path} is a directory: name a file in it, such as {example}": "{path} es un directorio: indique un archivo dentro de él, como {example}",
    "{path} is mounted read-only: mount it writable": "{path} está montado en solo lectura: móntelo con escritura",
    "{path} is no usable path: {why}": "{path} no es una ruta utilizable: {why}",
    "{path} is not a regular file": "{path} no es un archivo regular",
    "{path} isn't writable by this user (uid {uid}): the write-ahead log is made there": "este usuario (uid {uid}) no puede escribir en {path}: allí se crea el registro WAL",
    "{point} is a {kind} filesystem, where SQLite loses data: use a local disk": "{point} es un sistema de archivos {kind}, donde SQLite pierde datos: use un disco local",
    "{point} is held in memory ({kind}): the database is gone at the next restart": "{point} está en memoria ({kind}): la base de datos se pierde en el próximo reinicio",
    "{reason} (POLLER_ALLOW_UNSAFE_FILESYSTEM=1 overrides this)": "{reason} (POLLER_ALLOW_UNSAFE_FILESYSTEM=1 lo permite de todos modos)",
    # the lock
    "another poller (process {pid}) holds {path}: stop it first": "otro poller (proceso {pid}) tiene abierta {path}: deténgalo primero",
    "another poller holds {path}: stop it first": "otro poller tiene abierta {path}: deténgalo primero",
    "{path} can't be locked: {why}": "no se puede bloquear {path}: {why}",
    "{path} can't be written: {why}": "no se puede escribir {path}: {why}",
    # the secrets' key
    "a secret in the database is damaged or locked with another key": "un secreto de la base de datos está dañado o cifrado con otra clave",
    "connection {id}: its {kind} is damaged or locked with another key: enter it again": "conexión {id}: su {kind} está dañado o cifrado con otra clave: ingréselo de nuevo",
    "connection {id}: its {kind} was entered for another connection or address: enter it again": "conexión {id}: su {kind} se ingresó para otra conexión o dirección: ingréselo de nuevo",
    "the key file {path} can't be made: {why} (POLLER_SECRET_KEY can hold the key instead)": "no se puede crear el archivo de clave {path}: {why} (POLLER_SECRET_KEY puede contener la clave)",
    "the key file {path} can't be read: {why}": "no se puede leer el archivo de clave {path}: {why}",
    "the key file {path} is empty: put the key back": "el archivo de clave {path} está vacío: restaure la clave",
    "the key file {path} is gone, and this database's secrets are locked with it: put it back": "falta el archivo de clave {path}, y los secretos de esta base de datos están cifrados con ella: restáurelo",
    "there is no key: neither {variable} nor {path}": "no hay ninguna clave: ni {variable} ni {path}",
    "{path} is not a regular file: the key must be one": "{path} no es un archivo regular: la clave debe serlo",
    "{source} holds something that is no Fernet key (44 characters of URL-safe base64)": "{source} contiene algo que no es una clave Fernet (44 caracteres de base64 para URL)",
    "{source} is key {given}, the secrets are locked with key {wanted}: give that one (after a newer one, if you want to change)": "{source} es la clave {given}, los secretos están cifrados con la clave {wanted}: indique esa (después de una más nueva, si quiere cambiarla)",
    "{source} is key {given}, the secrets are locked with key {wanted}: to change from the key file, append what {path} holds": "{source} es la clave {given}, los secretos están cifrados con la clave {wanted}: para dejar el archivo de clave, agregue al final lo que contiene {path}",
    # trying a connection
    "Odoo doesn't say when the key expires": "Odoo no dice cuándo vence la clave",
    "an order read": "se leyó un pedido",
    "check the URL: scheme, host and port of the Odoo server itself, without a path": "revise la URL: esquema, host y puerto del propio servidor Odoo, sin ruta",
    "check the database's name; if it is right, Odoo's own database server is down": "revise el nombre de la base de datos; si es correcto, el servidor de bases de datos de Odoo está caído",
    "check the host's name in the URL, and this machine's name server": "revise el nombre del host en la URL y el servidor DNS de esta máquina",
    "check user name and API key; keys expire, and a new one is made in the Odoo user's preferences": "revise el usuario y la clave de API; las claves vencen, y una nueva se crea en las preferencias del usuario de Odoo",
    "correct the URL": "corrija la URL",
    "give the Odoo user the rights that the message names": "dé al usuario de Odoo los permisos que nombra el mensaje",
    "have the certificate mended there; an Odoo with a private authority needs that authority's file (--ca-file)": "haga corregir el certificado allí; un Odoo con autoridad privada necesita el archivo de esa autoridad (--ca-file)",
    "if that address is meant, list its network in POLLER_ALLOWED_NETWORKS": "si esa dirección es la correcta, indique su red en POLLER_ALLOWED_NETWORKS",
    "keys of this Odoo don't expire": "las claves de este Odoo no vencen",
    "make a new key in Odoo before then": "cree una clave nueva en Odoo antes de esa fecha",
    "orders go out without these; if they are wanted, give the Odoo user the rights to them": "los pedidos se envían sin estos campos; si los necesita, dé al usuario de Odoo permiso para leerlos",
    "see that the Sales app is installed in that Odoo": "compruebe que la aplicación Ventas esté instalada en ese Odoo",
    "see that the server runs, and that no firewall keeps this machine from it": "compruebe que el servidor esté en marcha y que ningún cortafuegos lo separe de esta máquina",
    "set the protocol to auto, or have that Odoo upgraded": "ponga el protocolo en auto, o haga actualizar ese Odoo",
    "the certificate ends soon: have it renewed": "el certificado vence pronto: hágalo renovar",
    "the first of this user's {count} keys expires on {day}": "la primera de las {count} claves de este usuario vence el {day}",
    "the key doesn't expire": "la clave no vence",
    "the key expires on {day}": "la clave vence el {day}",
    "there is no confirmed order to read yet": "todavía no hay ningún pedido confirmado que leer",
    "try again later": "intente de nuevo más tarde",
    "{version}, certificate until {day}": "{version}, certificado hasta {day}",
    "{what}, with every field": "{what}, con todos los campos",
    "{what}; not there for this user, so null in the payload: {fields}": "{what}; este usuario no tiene acceso, así que van como null en el payload: {fields}",
    # looking after the database
    "another program is reading {path}: close it first": "otro programa está leyendo {path}: ciérrelo primero",
    "its tables are not those of odoo-poller": "sus tablas no son las de odoo-poller",
    "there is no backup at {path}": "no hay ningún respaldo en {path}",
    "there is no directory {path}": "no hay ningún directorio {path}",
    "{path} is a file of the database itself: name another": "{path} es un archivo de la propia base de datos: indique otro",
    "{path} is damaged, so no backup was made: {problem}; see: odoo-poller db check": "{path} está dañada, así que no se hizo el respaldo: {problem}; vea: odoo-poller db check",
    "{path} is no sound backup: {problem}; nothing was changed": "{path} no es un respaldo íntegro: {problem}; no se cambió nada",
    "{path} is the database itself": "{path} es la propia base de datos",
    "{path} is there already: name another file": "{path} ya existe: indique otro archivo",
    "event {position} can't be read": "no se puede leer el evento {position}",
    "event {position} was altered": "el evento {position} fue alterado",
    "events {first} to {last} are missing": "faltan los eventos {first} a {last}",
    "events {first} to {last} can't be read: {why}": "no se pueden leer los eventos {first} a {last}: {why}",
    "events {first} to {last} don't follow from those before them: the log was altered; see: odoo-poller db check": "los eventos {first} a {last} no se siguen de los anteriores: el registro fue alterado; vea: odoo-poller db check",
    "the file can't be read: {why}": "no se puede leer el archivo: {why}",
    "the file's structure is damaged: {why}": "la estructura del archivo está dañada: {why}",
    "the log's beginning was cut off, and no event says so": "el comienzo del registro fue cortado, y ningún evento lo dice",
    "the payload of event {position} is missing": "falta el payload del evento {position}",
    "the payload of event {position} was altered": "el payload del evento {position} fue alterado",
    "there is a payload of event {position}, and no such event": "hay un payload del evento {position}, y no existe tal evento",
    "{table} is not what the log says; mend it with: odoo-poller projections rebuild": "{table} no es lo que dice el registro; repárelo con: odoo-poller projections rebuild",
    # health
    "health can't listen on {host} port {port}: {why} (POLLER_HTTP_HOST, POLLER_HTTP_PORT)": "health no puede escuchar en {host}, puerto {port}: {why} (POLLER_HTTP_HOST, POLLER_HTTP_PORT)",
    "event {position} can't be read: it is damaged, or from a newer odoo-poller; see: odoo-poller db check": (
        "el evento {position} no se puede leer: está dañado o es de un odoo-poller más nuevo; vea: odoo-poller db check"
    ),
    "user {uid}": "usuario {uid}",
    "check the webhook's URL and secret with whoever runs the receiver": (
        "revise la URL y el secreto del webhook con quien opera el receptor"
    ),
    "the receiver is in trouble: try again later": "el receptor tiene problemas: intente más tarde",
    "the receiver refuses a test ping; orders may still be taken": (
        "el receptor rechaza el ping de prueba; puede que igual acepte órdenes"
    ),
}

FROM_ODOO_RPC: Mapping[str, str] = {
    "plain http is allowed only to networks that the operator listed: use https": "http sin cifrar solo se permite hacia las redes que el operador indicó: use https",
    "the URL must begin with https:// (or http://)": "la URL debe empezar con https:// (o http://)",
    "the URL must not contain a user name or password": "la URL no debe contener usuario ni contraseña",
    "the URL must not contain spaces, control characters, backslashes or a fragment (#)": "la URL no debe contener espacios, caracteres de control, barras invertidas ni un fragmento (#)",
    "the URL needs a host name or address": "la URL necesita un nombre de host o una dirección",
    "the URL's port must be between 1 and 65535": "el puerto de la URL debe estar entre 1 y 65535",
}
"""What `odoo_rpc` says of addresses: it knows nothing of languages, so its texts are translated as they are."""

CORE: Mapping[str, str] = {**_OWN, **FROM_ODOO_RPC}

__all__ = ["CORE", "FROM_ODOO_RPC"]
