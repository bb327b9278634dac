// SPDX-License-Identifier: Apache-2.0
// What the simulator's report says, in the languages of the corridor. Texts hold no markup; {0}, {1} … stand for values
// that the report fills in.
#ifndef SIM_REPORT_WORDS_H
#define SIM_REPORT_WORDS_H

// X(word, English, Spanish, French)
// clang-format off
#define REPORT_WORD_TABLE(X) \
    X(WORD_TITLE, \
      "What the port can expect", \
      "Qué puede esperar el puerto", \
      "À quoi le poste peut s'attendre") \
    X(WORD_EYEBROW, \
      "Port simulator · simulated, not measured", \
      "Simulador de puerto · simulado, no medido", \
      "Simulateur de poste · simulé, non mesuré") \
    X(WORD_LEAD, \
      "{0} days with {1} seeds, {2} trucks a day, {3} simulated in all. Figures in brackets are 95 % " \
      "intervals over the seeds.", \
      "{0} días con {1} semillas, {2} camiones al día, {3} simulados en total. Las cifras entre " \
      "corchetes son intervalos del 95 % entre semillas.", \
      "{0} jours avec {1} graines, {2} camions par jour, {3} simulés en tout. Les chiffres entre " \
      "crochets sont des intervalles à 95 % sur les graines.") \
    X(WORD_TODAY, \
      "The port as it is", \
      "El puerto como está", \
      "Le poste tel qu'il est") \
    X(WORD_INTERVAL, \
      "[{0} to {1}]", \
      "[{0} a {1}]", \
      "[{0} à {1}]") \
    X(WORD_ONE_SEED, \
      "one seed, no interval", \
      "una semilla, sin intervalo", \
      "une graine, pas d'intervalle") \
    X(WORD_WHAT_IFS, \
      "What if …", \
      "¿Y si…?", \
      "Et si… ?") \
    X(WORD_WHAT_IFS_TEXT, \
      "Each change meets the same trucks, failures and draws as the port as it is, so a difference is " \
      "the change's own. In the plots the bar is the difference and the thin line its 95 % interval; a " \
      "grey bar's interval holds zero, so it may be luck.", \
      "Cada cambio enfrenta los mismos camiones, fallas y sorteos que el puerto como está, así que la " \
      "diferencia es solo del cambio. En las gráficas la barra es la diferencia y la línea fina su " \
      "intervalo del 95 %; el de una barra gris contiene el cero: puede ser azar.", \
      "Chaque changement rencontre les mêmes camions, pannes et tirages que le poste tel qu'il est : " \
      "l'écart ne tient qu'à lui. Dans les figures, la barre est l'écart et le trait fin son " \
      "intervalle à 95 % ; celui d'une barre grise contient zéro : ce peut être le hasard.") \
    X(WORD_CHANGE, \
      "Change", \
      "Cambio", \
      "Changement") \
    X(WORD_DIFFERENCE, \
      "difference", \
      "diferencia", \
      "écart") \
    X(WORD_EFFECT_WAIT, \
      "Difference in mean wait", \
      "Diferencia en la espera media", \
      "Écart d'attente moyenne") \
    X(WORD_EFFECT_FOUND, \
      "Difference in harm found", \
      "Diferencia en el daño detectado", \
      "Écart de dommage détecté") \
    X(WORD_EFFECT_NET, \
      "Difference in value a day: harm found, less truck time and cost", \
      "Diferencia de valor al día: daño detectado menos tiempo de camiones y costo", \
      "Écart de valeur par jour : dommage détecté moins temps des camions et coût") \
    X(WORD_LESS_TITLE, \
      "{0} minutes less", \
      "{0} minutos menos", \
      "{0} minutes de moins") \
    X(WORD_LESS_AIM, \
      "The mean wait is {0} min; {1} min is aimed at.", \
      "La espera media es de {0} min; se busca llegar a {1} min.", \
      "L'attente moyenne est de {0} min ; on vise {1} min.") \
    X(WORD_LESS_FLOOR, \
      "{0} minutes less than {1} cannot be: {2} min is aimed at, a tenth.", \
      "No puede haber {0} minutos menos que {1}: se buscan {2} min, la décima parte.", \
      "{0} minutes de moins que {1} sont impossibles : on vise {2} min, le dixième.") \
    X(WORD_LESS_PLAIN, \
      "With what is there (the lanes inspect less): wait {0} min {1}, harm found {2} points {3}.", \
      "Con lo que hay (se inspecciona menos): espera {0} min {1}, daño detectado {2} puntos {3}.", \
      "Avec les moyens en place (on inspecte moins) : attente {0} min {1}, dommage détecté {2} points " \
      "{3}.") \
    X(WORD_LESS_ADDED, \
      "With more ({0}): wait {1} min {2}, harm found {3} points {4}.", \
      "Con más ({0}): espera {1} min {2}, daño detectado {3} puntos {4}.", \
      "Avec plus ({0}) : attente {1} min {2}, dommage détecté {3} points {4}.") \
    X(WORD_LESS_NOTHING, \
      "Nothing needs to be added for that.", \
      "No hace falta agregar nada para eso.", \
      "Rien n'a besoin d'être ajouté pour cela.") \
    X(WORD_LESS_MISSED, \
      "More of it did not help further: what was aimed at is not reached.", \
      "Agregar más ya no ayudó: no se alcanza lo buscado.", \
      "En ajouter davantage n'aidait plus : le but n'est pas atteint.") \
    X(WORD_LESS_WORTH, \
      "Truck time saved is worth {0} USD a day {1}; by the published anchor (see the method) cargo " \
      "grows by {2} USD a month {3}.", \
      "El tiempo de camión ahorrado vale {0} USD al día {1}; según la referencia publicada (ver el " \
      "método) la carga crece {2} USD al mes {3}.", \
      "Le temps de camion gagné vaut {0} USD par jour {1} ; selon la référence publiée (voir la " \
      "méthode) le fret augmente de {2} USD par mois {3}.") \
    X(WORD_SCANNERS_N, \
      "scanners: {0}", \
      "escáneres: {0}", \
      "scanners : {0}") \
    X(WORD_BOOTHS_N, \
      "booths: {0}", \
      "casetas: {0}", \
      "guérites : {0}") \
    X(WORD_DOCKS_N, \
      "docks: {0}", \
      "andenes: {0}", \
      "quais : {0}") \
    X(WORD_LANES_ALONE, \
      "by lanes alone", \
      "solo con los carriles", \
      "par les voies seules") \
    X(WORD_SERVERS_ADDED, \
      "as much found", \
      "detectando lo mismo", \
      "à détection égale") \
    X(WORD_CAPTION_WAITS, \
      "Waits and finds, with the difference to the port as it is", \
      "Esperas y detección, con la diferencia respecto al puerto como está", \
      "Attentes et détection, avec l'écart au poste tel qu'il est") \
    X(WORD_CAPTION_DOLLARS, \
      "Dollars, with the difference to the port as it is", \
      "Dólares, con la diferencia respecto al puerto como está", \
      "Dollars, avec l'écart au poste tel qu'il est") \
    X(WORD_WAITS, \
      "When trucks wait", \
      "Cuándo esperan los camiones", \
      "Quand les camions attendent") \
    X(WORD_WAITS_TEXT, \
      "Mean of all a truck's waits, by weekday and hour of arrival, over all seeds. Hatched: fewer " \
      "than 20 trucks came.", \
      "Media de todas las esperas de un camión, por día y hora de llegada, en todas las semillas. " \
      "Rayado: llegaron menos de 20 camiones.", \
      "Moyenne de toutes les attentes d'un camion, par jour et heure d'arrivée, sur toutes les " \
      "graines. Hachuré : moins de 20 camions sont arrivés.") \
    X(WORD_WAITS_DESC, \
      "The longest is {0} min, on {1} at {2}.", \
      "La mayor es de {0} min, el {1} a las {2}.", \
      "La plus longue est de {0} min, le {1} à {2}.") \
    X(WORD_BY_HOUR, \
      "Waits by hour of arrival", \
      "Esperas por hora de llegada", \
      "Attentes par heure d'arrivée") \
    X(WORD_ALL_WAITS, \
      "all waits, all trucks", \
      "todas las esperas, todos los camiones", \
      "toutes les attentes, tous les camions") \
    X(WORD_SCAN_WAITS, \
      "wait for a scan, scanned trucks", \
      "espera de escaneo, camiones escaneados", \
      "attente du scanner, camions scannés") \
    X(WORD_HOUR, \
      "Hour", \
      "Hora", \
      "Heure") \
    X(WORD_TRUCKS_DAY, \
      "Trucks a day", \
      "Camiones al día", \
      "Camions par jour") \
    X(WORD_MINUTES, \
      "minutes", \
      "minutos", \
      "minutes") \
    X(WORD_MIN, \
      "min", \
      "min", \
      "min") \
    X(WORD_SERVERS, \
      "Booths, scanners and docks", \
      "Casetas, escáneres y andenes", \
      "Guérites, scanners et quais") \
    X(WORD_SERVERS_TEXT, \
      "Over all seeds; outages and hours are for a month of 30 days. People, parts, repair: what the " \
      "hours out of order were spent on.", \
      "En todas las semillas; fallas y horas son por mes de 30 días. Personal, refacciones, " \
      "reparación: en qué se fueron las horas fuera de servicio.", \
      "Sur toutes les graines ; pannes et heures sont pour un mois de 30 jours. Personnel, pièces, " \
      "réparation : à quoi sont passées les heures d'arrêt.") \
    X(WORD_SERVICE, \
      "Service", \
      "Servicio", \
      "Service") \
    X(WORD_INSTALLED, \
      "Installed", \
      "Instalados", \
      "Installés") \
    X(WORD_USED, \
      "In use, %", \
      "En uso, %", \
      "Utilisés, %") \
    X(WORD_AVAILABLE, \
      "In order, %", \
      "En servicio, %", \
      "En état, %") \
    X(WORD_OUTAGES, \
      "Outages", \
      "Fallas", \
      "Pannes") \
    X(WORD_PEOPLE_H, \
      "People, h", \
      "Personal, h", \
      "Personnel, h") \
    X(WORD_PARTS_H, \
      "Parts, h", \
      "Refacciones, h", \
      "Pièces, h") \
    X(WORD_REPAIR_H, \
      "Repair, h", \
      "Reparación, h", \
      "Réparation, h") \
    X(WORD_UPKEEP_H, \
      "Upkeep, h", \
      "Mantenimiento, h", \
      "Entretien, h") \
    X(WORD_HITS_1000, \
      "Hits a 1,000", \
      "Aciertos por 1,000", \
      "Trouvailles pour 1 000") \
    X(WORD_ALARMS_DAY, \
      "False alarms a day", \
      "Falsas alarmas al día", \
      "Fausses alarmes par jour") \
    X(WORD_WAIT_MEAN, \
      "Mean wait, min", \
      "Espera media, min", \
      "Attente moyenne, min") \
    X(WORD_WAIT_P95, \
      "95 % wait less than, min", \
      "95 % espera menos de, min", \
      "95 % attendent moins de, min") \
    X(WORD_DAYS, \
      "Scanners in order, day by day", \
      "Escáneres en servicio, día por día", \
      "Scanners en état, jour par jour") \
    X(WORD_DAYS_TEXT, \
      "The first seed's days: an example of what outages do to waits, not a forecast.", \
      "Los días de la primera semilla: un ejemplo de lo que las fallas hacen a las esperas, no un " \
      "pronóstico.", \
      "Les jours de la première graine : un exemple de ce que les pannes font aux attentes, pas une " \
      "prévision.") \
    X(WORD_DAYS_WAIT, \
      "Waits on the same days", \
      "Esperas en los mismos días", \
      "Attentes les mêmes jours") \
    X(WORD_DAY, \
      "Day", \
      "Día", \
      "Jour") \
    X(WORD_IN_ORDER, \
      "scanners in order", \
      "escáneres en servicio", \
      "scanners en état") \
    X(WORD_SCAN_P95, \
      "95 % of scanned trucks wait less than", \
      "el 95 % de los escaneados espera menos de", \
      "95 % des camions scannés attendent moins de") \
    X(WORD_MEAN_ALL, \
      "mean of all trucks", \
      "media de todos los camiones", \
      "moyenne de tous les camions") \
    X(WORD_DETECTION, \
      "What waiting buys", \
      "Qué se gana esperando", \
      "Ce que l'attente rapporte") \
    X(WORD_DETECTION_TEXT, \
      "Each point is a policy at one setting, over {0} seeds: how long inspection makes trucks wait on " \
      "average, and how much of the harm in illicit loads is found. Up and to the left is better. " \
      "Settings with far longer waits are in the table only.", \
      "Cada punto es una política con un ajuste, en {0} semillas: cuánto hace esperar la inspección a " \
      "los camiones en promedio y cuánto del daño de cargas ilícitas se detecta. Arriba y a la " \
      "izquierda es mejor. Los ajustes con esperas mucho mayores están solo en la tabla.", \
      "Chaque point est une politique à un réglage, sur {0} graines : l'attente moyenne due à " \
      "l'inspection, et la part du dommage des chargements illicites qui est détectée. En haut à " \
      "gauche, c'est mieux. Les réglages aux attentes bien plus longues ne sont que dans le tableau.") \
    X(WORD_POLICY, \
      "Policy", \
      "Política", \
      "Politique") \
    X(WORD_P_PUENTE, \
      "Puente's lanes", \
      "carriles de Puente", \
      "voies de Puente") \
    X(WORD_P_THRESHOLD, \
      "fixed threshold of risk", \
      "umbral fijo de riesgo", \
      "seuil fixe de risque") \
    X(WORD_P_RANDOM, \
      "random share", \
      "porcentaje al azar", \
      "part au hasard") \
    X(WORD_P_NO_CHANCE, \
      "Puente's lanes, no floor of chance", \
      "carriles de Puente, sin piso aleatorio", \
      "voies de Puente, sans part de hasard") \
    X(WORD_ADVERSARY, \
      "Smugglers who adapt", \
      "Contrabandistas que se adaptan", \
      "Les contrebandiers qui s'adaptent") \
    X(WORD_ADVERSARY_TEXT, \
      "{0} % of smugglers watch where loads are found and move to the score, hour and kind of load " \
      "with the least detection seen so far. The worst place is the score and hour where detection is " \
      "least: at zero there is a safe way through.", \
      "El {0} % de los contrabandistas observa dónde se detectan cargas y se mueve al puntaje, la hora " \
      "y el tipo de carga con menor detección vista hasta el momento. El peor lugar es el puntaje y la " \
      "hora con menor detección: en cero hay un paso seguro.", \
      "{0} % des contrebandiers observent où l'on trouve des chargements et se déplacent vers le " \
      "score, l'heure et le type de chargement où la détection vue jusque-là est la plus faible. Le " \
      "pire endroit est le score et l'heure où la détection est la plus faible : à zéro, il existe un " \
      "passage sûr.") \
    X(WORD_FOUND_ALL, \
      "Harm found, %", \
      "Daño detectado, %", \
      "Dommage détecté, %") \
    X(WORD_FOUND_ADAPTING, \
      "Of those who adapt, %", \
      "De quienes se adaptan, %", \
      "De ceux qui s'adaptent, %") \
    X(WORD_WORST_CELL, \
      "In the worst place, %", \
      "En el peor lugar, %", \
      "Au pire endroit, %") \
    X(WORD_LANES, \
      "Where trucks are sent", \
      "A dónde se envían los camiones", \
      "Où les camions sont envoyés") \
    X(WORD_LANE, \
      "Lane", \
      "Carril", \
      "Voie") \
    X(WORD_SHARE, \
      "% of trucks", \
      "% de camiones", \
      "% des camions") \
    X(WORD_ARRIVALS, \
      "How many trucks come", \
      "Cuántos camiones llegan", \
      "Combien de camions arrivent") \
    X(WORD_ARRIVALS_TEXT, \
      "{0} ({1}), {2}: {3} trucks in the year, {4} a day. Bureau of Transportation Statistics, Border " \
      "Crossing/Entry Data (public domain).", \
      "{0} ({1}), {2}: {3} camiones en el año, {4} al día. Bureau of Transportation Statistics, Border " \
      "Crossing/Entry Data (dominio público).", \
      "{0} ({1}), {2} : {3} camions dans l'année, {4} par jour. Bureau of Transportation Statistics, " \
      "Border Crossing/Entry Data (domaine public).") \
    X(WORD_ARRIVALS_OWN, \
      "{0} trucks a day, as the scenario says.", \
      "{0} camiones al día, según el escenario.", \
      "{0} camions par jour, selon le scénario.") \
    X(WORD_ARRIVALS_REPLACED, \
      "Hollow columns are months whose row is absent, zero or far off; the mean of the others stands " \
      "in for them.", \
      "Las columnas huecas son meses cuya fila falta, es cero o se aleja mucho; las sustituye la media " \
      "de los demás.", \
      "Les colonnes creuses sont des mois dont la ligne manque, vaut zéro ou s'écarte beaucoup ; la " \
      "moyenne des autres les remplace.") \
    X(WORD_TRUCKS_MONTH, \
      "trucks", \
      "camiones", \
      "camions") \
    X(WORD_MONTH, \
      "Month", \
      "Mes", \
      "Mois") \
    X(WORD_SUSPECTS, \
      "Suspect rows of the public file", \
      "Filas sospechosas del archivo público", \
      "Lignes suspectes du fichier public") \
    X(WORD_SUSPECTS_NONE, \
      "None for this port.", \
      "Ninguna para este puerto.", \
      "Aucune pour ce poste.") \
    X(WORD_SUSPECTS_BUILT_IN, \
      "The built-in figures were taken from the file after its suspect rows were looked at; give the " \
      "file itself (--arrivals) to see them.", \
      "Las cifras incorporadas se tomaron del archivo después de revisar sus filas sospechosas; " \
      "indique el archivo (--arrivals) para verlas.", \
      "Les chiffres intégrés viennent du fichier, ses lignes suspectes ayant été examinées ; donnez le " \
      "fichier (--arrivals) pour les voir.") \
    X(WORD_SUSPECT_WHY, \
      "Why", \
      "Por qué", \
      "Pourquoi") \
    X(WORD_ROW, \
      "Line", \
      "Línea", \
      "Ligne") \
    X(WORD_MEASURE, \
      "Measure", \
      "Medida", \
      "Mesure") \
    X(WORD_VALUE, \
      "Value", \
      "Valor", \
      "Valeur") \
    X(WORD_AGAINST, \
      "Against", \
      "Frente a", \
      "Contre") \
    X(WORD_USED_HERE, \
      "in the figures used here", \
      "en las cifras usadas aquí", \
      "dans les chiffres employés ici") \
    X(WORD_F_ABSENT, \
      "there is no row", \
      "no hay fila", \
      "il n'y a pas de ligne") \
    X(WORD_F_ZERO, \
      "zero", \
      "cero", \
      "zéro") \
    X(WORD_F_OUTLIER, \
      "over four times, or under a quarter of, the months around it", \
      "más de cuatro veces, o menos de un cuarto, de los meses vecinos", \
      "plus de quatre fois, ou moins d'un quart, des mois voisins") \
    X(WORD_F_STEP, \
      "from here on the series is at half, or twice, its level: years on both sides cannot be compared", \
      "desde aquí la serie está a la mitad, o al doble, de su nivel: los años de ambos lados no se " \
      "pueden comparar", \
      "à partir d'ici la série est à la moitié, ou au double, de son niveau : les années des deux " \
      "côtés ne se comparent pas") \
    X(WORD_F_STEP_OTHER, \
      "rows of {0} begin in this month: its trucks were counted here before", \
      "las filas de {0} comienzan en este mes: antes sus camiones se contaban aquí", \
      "les lignes de {0} commencent ce mois-ci : ses camions étaient comptés ici auparavant") \
    X(WORD_F_CONTAINERS, \
      "loaded and empty containers do not add up to the trucks", \
      "contenedores cargados y vacíos no suman los camiones", \
      "conteneurs pleins et vides ne font pas le compte des camions") \
    X(WORD_F_COUNTING, \
      "the same at most ports at once: what is counted as a container has changed", \
      "igual en la mayoría de los puertos a la vez: cambió lo que se cuenta como contenedor", \
      "de même à la plupart des postes à la fois : ce qui est compté comme conteneur a changé") \
    X(WORD_F_COPIED, \
      "the same value as a year before, at three or more ports", \
      "el mismo valor que un año antes, en tres o más puertos", \
      "la même valeur qu'un an plus tôt, à trois postes ou plus") \
    X(WORD_F_TWICE, \
      "the row is there twice; one is used", \
      "la fila está dos veces; se usa una", \
      "la ligne figure deux fois ; une seule est employée") \
    X(WORD_F_CONFLICT, \
      "two rows disagree; the first is used", \
      "dos filas no coinciden; se usa la primera", \
      "deux lignes se contredisent ; la première est employée") \
    X(WORD_METHOD, \
      "How this was worked out, and what it leaves out", \
      "Cómo se calculó y qué deja fuera", \
      "Comment c'est calculé, et ce qui manque") \
    X(WORD_METHOD_1, \
      "The lanes are chosen by the same code that runs at the port; queues, servers, failures and " \
      "repairs are simulated around it. The same scenario and seed give the same report, byte for byte.", \
      "Los carriles los elige el mismo código que opera en el puerto; a su alrededor se simulan filas, " \
      "servidores, fallas y reparaciones. El mismo escenario y semilla dan el mismo informe, byte por " \
      "byte.", \
      "Les voies sont choisies par le même code qu'au poste ; files, serveurs, pannes et réparations " \
      "sont simulés autour. Le même scénario et la même graine donnent le même rapport, à l'octet près.") \
    X(WORD_METHOD_2, \
      "Public: trucks a month. Assumed by the scenario, and to be replaced by the port's own log: " \
      "hours and weekdays, service times, failures and repairs, the share of illicit loads, how well " \
      "scores and scans work.", \
      "Público: camiones por mes. Supuesto por el escenario, y por sustituir con el registro propio " \
      "del puerto: horas y días, tiempos de servicio, fallas y reparaciones, la proporción de cargas " \
      "ilícitas, qué tan bien funcionan puntajes y escaneos.", \
      "Public : camions par mois. Supposé par le scénario, à remplacer par le journal du poste : " \
      "heures et jours, temps de service, pannes et réparations, part des chargements illicites, " \
      "qualité des scores et des scanners.") \
    X(WORD_METHOD_3, \
      "Dollars: an hour of a waiting truck {0} USD; one mean illicit load that is found {1} USD (the " \
      "scenario's own assumption). The controller moves the lanes so that the wait that inspection " \
      "adds stays near {2} min a truck; where more capacity arrives, it is spent on finding more, not " \
      "only on waiting less.", \
      "Dólares: una hora de camión en espera {0} USD; una carga ilícita media detectada {1} USD " \
      "(supuesto del escenario). El controlador mueve los carriles para que la espera que añade la " \
      "inspección siga cerca de {2} min por camión; si llega más capacidad, se usa en detectar más, no " \
      "solo en esperar menos.", \
      "Dollars : une heure de camion qui attend {0} USD ; un chargement illicite moyen détecté {1} USD " \
      "(hypothèse du scénario). Le régulateur ajuste les voies pour que l'attente ajoutée par " \
      "l'inspection reste proche de {2} min par camion ; une capacité nouvelle sert à trouver plus, " \
      "pas seulement à attendre moins.") \
    X(WORD_METHOD_4, \
      "Published anchor: ten minutes less northbound, {0} USD more cargo a month (Atlantic Council, " \
      "UTEP and COLEF, 2022), over {1} trucks a month; scaled to this port's trucks. It is cargo's " \
      "value, not a gain to anybody, and holds for small changes at best.", \
      "Referencia publicada: diez minutos menos hacia el norte, {0} USD más de carga al mes (Atlantic " \
      "Council, UTEP y COLEF, 2022), sobre {1} camiones al mes; en proporción a los camiones de este " \
      "puerto. Es valor de la carga, no ganancia de nadie, y vale a lo más para cambios pequeños.", \
      "Référence publiée : dix minutes de moins vers le nord, {0} USD de fret de plus par mois " \
      "(Atlantic Council, UTEP et COLEF, 2022), sur {1} camions par mois ; au prorata des camions de " \
      "ce poste. C'est la valeur du fret, pas un gain, et ne vaut au mieux que pour de petits " \
      "changements.") \
    X(WORD_METHOD_5, \
      "Left out: the analysts who read the images, the way to and between bridges, drivers who choose " \
      "another port or hour because of the wait, and what a find deters.", \
      "Queda fuera: los analistas que leen las imágenes, el camino a los puentes y entre ellos, " \
      "conductores que eligen otro puerto u hora por la espera, y lo que una detección disuade.", \
      "Sont laissés de côté : les analystes d'images, le trajet vers et entre les ponts, les " \
      "chauffeurs qui changent de poste ou d'heure à cause de l'attente, et ce qu'une saisie dissuade.") \
    X(WORD_CONTRACT_ROW, \
      "{0}: people {1} h, parts {2} h, repair {3} h; {4} USD a month", \
      "{0}: personal {1} h, refacciones {2} h, reparación {3} h; {4} USD al mes", \
      "{0} : personnel {1} h, pièces {2} h, réparation {3} h ; {4} USD par mois") \
    X(WORD_TABLE, \
      "The same as a table", \
      "Lo mismo en tabla", \
      "Les mêmes données en tableau") \
    X(WORD_CODE, \
      "as asked", \
      "como se pidió", \
      "tel que demandé") \
    X(WORD_M_TRUCKS, \
      "Trucks a day", \
      "Camiones al día", \
      "Camions par jour") \
    X(WORD_M_WAIT, \
      "Mean wait, min", \
      "Espera media, min", \
      "Attente moyenne, min") \
    X(WORD_M_ADDED_WAIT, \
      "Of it added by inspection, min", \
      "De ella, por inspección, min", \
      "Dont ajoutée par l'inspection, min") \
    X(WORD_M_WAIT_P95, \
      "95 % wait less than, min", \
      "95 % espera menos de, min", \
      "95 % attendent moins de, min") \
    X(WORD_M_WORST_DAY, \
      "Worst day's mean wait, min", \
      "Espera media del peor día, min", \
      "Attente moyenne du pire jour, min") \
    X(WORD_M_SURGE_DAY, \
      "Mean wait on the tariff day, min", \
      "Espera media el día de aranceles, min", \
      "Attente moyenne le jour des droits, min") \
    X(WORD_M_SCAN_P95, \
      "95 % of scans wait less than, min", \
      "95 % de escaneos espera menos de, min", \
      "95 % des scans attendent moins de, min") \
    X(WORD_M_FOUND, \
      "Harm found, %", \
      "Daño detectado, %", \
      "Dommage détecté, %") \
    X(WORD_M_SCANNED, \
      "Trucks scanned, %", \
      "Camiones escaneados, %", \
      "Camions scannés, %") \
    X(WORD_M_HITS, \
      "Hits in 1,000 scans", \
      "Aciertos en 1,000 escaneos", \
      "Trouvailles sur 1 000 scans") \
    X(WORD_M_AVAILABLE, \
      "Scanners in order, %", \
      "Escáneres en servicio, %", \
      "Scanners en état, %") \
    X(WORD_M_TURNED, \
      "Turned away a day", \
      "Rechazados al día", \
      "Refoulés par jour") \
    X(WORD_M_TIME_USD, \
      "Cost of truck time, USD a day", \
      "Costo del tiempo de camión, USD al día", \
      "Coût du temps de camion, USD par jour") \
    X(WORD_M_HARM_USD, \
      "Harm found, USD a day", \
      "Daño detectado, USD al día", \
      "Dommage détecté, USD par jour") \
    X(WORD_M_COST_USD, \
      "Contract and servers added, USD a day", \
      "Contrato y equipo agregado, USD al día", \
      "Contrat et moyens ajoutés, USD par jour") \
    X(WORD_M_NET_USD, \
      "Net, USD a day", \
      "Neto, USD al día", \
      "Net, USD par jour") \
    X(WORD_M_CARGO_USD, \
      "Cargo, USD a month", \
      "Carga, USD al mes", \
      "Fret, USD par mois") \
    X(WORD_PERCENT_FOUND, \
      "% of harm found", \
      "% del daño detectado", \
      "% du dommage détecté") \
    X(WORD_WAIT_UNIT, \
      "wait added by inspection, min", \
      "espera añadida por la inspección, min", \
      "attente ajoutée par l'inspection, min") \
    X(WORD_POINTS, \
      "percentage points", \
      "puntos porcentuales", \
      "points de pourcentage") \
    X(WORD_USD_DAY, \
      "USD a day", \
      "USD al día", \
      "USD par jour") \
    X(WORD_PERCENT, \
      "%", \
      "%", \
      "%")
// clang-format on

enum report_word {
#define X(word, en, es, fr) word,
    REPORT_WORD_TABLE(X)
#undef X
        WORD_COUNT
};

#endif
